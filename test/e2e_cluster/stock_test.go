// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"os/exec"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/utils/actor"
)

// asObject converts a pod to an unstructured object, as a client without types sends it.
func asObject(pod *v1.Pod) *unstructured.Unstructured {
	ginkgo.GinkgoHelper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(pod)
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "encode pod %q", pod.Name)
	object := &unstructured.Unstructured{Object: content}
	object.SetGroupVersionKind(v1.SchemeGroupVersion.WithKind("Pod"))
	return object
}

// fieldPod returns a pod that specifies its order by field, whatever the flag -order says.
func fieldPod(s *actor.Stage) *v1.Pod {
	template := templateOn(s, "", actor.Improvising("app"), actor.Improvising("proxy"))
	sayByField(&template, order{"proxy": sidecar(), "app": {DependsOn: []v1.ContainerDependency{after("proxy")}}})
	return podOf("typed", template)
}

var _ = ginkgo.Describe("A pod with the field", func() {
	c := inNamespace()
	create := func(ctx context.Context, validation string) (*unstructured.Unstructured, error) {
		return c.dynamic.Resource(v1.SchemeGroupVersion.WithResource("pods")).Namespace(c.namespace).Create(ctx,
			asObject(fieldPod(actor.NewStage())),
			metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: validation})
	}

	ginkgo.It("should lose it in a stock API server, with the usual warning", ginkgo.Label(stockServer), func(ctx context.Context) {
		got, err := create(ctx, metav1.FieldValidationWarn)
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create with warnings")
		gomega.Expect(c.warnings.take()).To(gomega.ConsistOf(
			`unknown field "spec.containers[0].lifecycle.dependsOn"`, `unknown field "spec.containers[1].lifecycle.type"`), "warnings")
		containers, _, err := unstructured.NestedSlice(got.Object, "spec", "containers")
		gomega.Expect(err).NotTo(gomega.HaveOccurred())
		gomega.Expect(containers).To(gomega.HaveEach(gomega.HaveKeyWithValue("lifecycle", gomega.BeEmpty())), "what is left")

		_, err = create(ctx, metav1.FieldValidationStrict)
		gomega.Expect(err).To(gomega.Satisfy(apierrors.IsBadRequest), "create strictly")
		gomega.Expect(err.Error()).To(gomega.And(
			gomega.ContainSubstring(`unknown field "spec.containers[0].lifecycle.dependsOn"`),
			gomega.ContainSubstring(`unknown field "spec.containers[1].lifecycle.type"`)), "create strictly")
	})

	ginkgo.It("should keep it in our API server, without a warning", ginkgo.Label(fieldOnly), func(ctx context.Context) {
		got, err := create(ctx, metav1.FieldValidationStrict)
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create strictly")
		gomega.Expect(c.warnings.take()).To(gomega.BeEmpty(), "warnings")
		var pod v1.Pod
		gomega.Expect(runtime.DefaultUnstructuredConverter.FromUnstructured(got.Object, &pod)).To(gomega.Succeed())
		gomega.Expect(pod.Spec.Containers[0].Lifecycle.DependsOn).To(gomega.Equal([]v1.ContainerDependency{
			{Container: "proxy", Condition: v1.ContainerDependencyReady}}), "dependsOn with its default")
		gomega.Expect(pod.Spec.Containers[1].Lifecycle.Type).To(gomega.HaveValue(gomega.Equal(v1.LifecycleTypeSidecar)), "type")
	})

	ginkgo.It("should be read by a stock API server on the same data, and stop in order when that has stored it without", ginkgo.Label(
		fieldOnly), func(ctx context.Context) {
		if *stockAPIServer == "" {
			ginkgo.Skip("this needs a pristine kube-apiserver: name it with -pristine-apiserver")
		}
		s := actor.NewStage()
		pod, err := c.client.CoreV1().Pods(c.namespace).Create(ctx, fieldPod(s), metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the pod")
		c.expectPod(ctx, pod.Name, actor.HaveRunning("app", "proxy"), "the pod runs")

		stock := c.startStock(ctx)
		object, err := stock.dynamic.Resource(v1.SchemeGroupVersion.WithResource("pods")).Namespace(c.namespace).
			Get(ctx, pod.Name, metav1.GetOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read the pod through the stock API server")
		gomega.Expect(string(object.GetUID())).To(gomega.Equal(string(pod.UID)))
		containers, _, err := unstructured.NestedSlice(object.Object, "spec", "containers")
		gomega.Expect(err).NotTo(gomega.HaveOccurred())
		gomega.Expect(containers).To(gomega.And(gomega.HaveLen(2), gomega.HaveEach(gomega.HaveKeyWithValue("lifecycle", gomega.BeEmpty()))),
			"the pod as the stock API server returns it")
		current, err := c.client.CoreV1().Pods(c.namespace).Get(ctx, pod.Name, metav1.GetOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred())
		gomega.Expect(lifecycles(current)).To(gomega.Equal(lifecycles(pod)),
			"the pod as our API server returns it, which the read did not change")

		ginkgo.By("Updating it through the stock API server, which drops unknown fields")
		_, err = c.tryKubectl(ctx, "--kubeconfig", stock.kubeconfig, "annotate", "pod/"+pod.Name, "a=b")
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "annotate through the stock API server")
		current, err = c.client.CoreV1().Pods(c.namespace).Get(ctx, pod.Name, metav1.GetOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred())
		gomega.Expect(lifecycles(current)).NotTo(gomega.ContainSubstring("dependsOn"), "the pod after the stock API server has stored it")

		ginkgo.By("Deleting it: its sandbox keeps the order that the pod started with")
		gomega.Expect(c.client.CoreV1().Pods(c.namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{})).To(gomega.Succeed())
		gomega.Eventually(ctx, func(ctx context.Context) error {
			_, err := c.client.CoreV1().Pods(c.namespace).Get(ctx, pod.Name, metav1.GetOptions{})
			return err
		}).Should(gomega.Satisfy(apierrors.IsNotFound), "the pod is deleted")
		gomega.Expect(s.Timeline().Of(pod.Name)).To(actor.HappenOnceInOrder("proxy up", "app start", "app term", "app exit", "proxy term",
			"proxy exit"))
		stages, err := c.messages(ctx, pod, events.StoppingStage)
		gomega.Expect(err).NotTo(gomega.HaveOccurred())
		gomega.Expect(stages).To(gomega.HaveLen(2), "stages of the stop")
	})
})

// stockCluster is the same cluster, accessed through the stock API server.
type stockCluster struct {
	cluster
	kubeconfig string
}

// startStock runs the stock API server until the spec ends.
func (c *cluster) startStock(ctx context.Context) *stockCluster {
	ginkgo.GinkgoHelper()
	output, err := exec.CommandContext(ctx, "testnode", "second-apiserver", "-apiserver", *stockAPIServer).Output()
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "start the stock API server")
	ginkgo.DeferCleanup(func(ctx context.Context) error {
		return exec.CommandContext(ctx, "testnode", "second-apiserver", "-stop").Run()
	})
	stock := &stockCluster{kubeconfig: strings.TrimSpace(string(output))}
	stock.connect(stock.kubeconfig)
	return stock
}
