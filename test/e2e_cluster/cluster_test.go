// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// cluster is the cluster that the specs run in, with a namespace for the current spec.
type cluster struct {
	client    kubernetes.Interface
	dynamic   dynamic.Interface
	namespace string
	// warnings are the API server's warnings to the clients above.
	warnings *warnings
}

// inNamespace returns a cluster that has a new namespace for each spec of the ginkgo container that calls it.
func inNamespace() *cluster {
	c := &cluster{}
	ginkgo.BeforeEach(func(ctx context.Context) {
		c.connect(os.Getenv("KUBECONFIG"))
		made, err := c.client.CoreV1().Namespaces().Create(ctx,
			&v1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "e2e-cluster-"}}, metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create a namespace")
		c.namespace = made.Name
		ginkgo.DeferCleanup(func(ctx context.Context) error {
			return c.client.CoreV1().Namespaces().Delete(ctx, made.Name, metav1.DeleteOptions{})
		})
		gomega.Eventually(ctx, func(ctx context.Context) error {
			_, err := c.client.CoreV1().ServiceAccounts(made.Name).Get(ctx, "default", metav1.GetOptions{})
			return err
		}).Should(gomega.Succeed(), "the namespace's service account")
	})
	ginkgo.JustAfterEach(func(ctx context.Context) {
		if ginkgo.CurrentSpecReport().Failed() {
			output, _ := c.tryKubectl(ctx, "describe", "pods")
			ginkgo.GinkgoWriter.Println(output)
		}
	})
	return c
}

// connect creates clients for the kubeconfig.
func (c *cluster) connect(kubeconfig string) {
	ginkgo.GinkgoHelper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "read KUBECONFIG=%q", kubeconfig)
	config.QPS, config.Burst = 100, 200
	c.warnings = &warnings{}
	config.WarningHandlerWithContext = c.warnings
	c.client, err = kubernetes.NewForConfig(config)
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "make a client")
	c.dynamic, err = dynamic.NewForConfig(config)
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "make a client")
}

// createPod creates a pod from the template.
func (c *cluster) createPod(ctx context.Context, name string, template v1.PodTemplateSpec) *v1.Pod {
	ginkgo.GinkgoHelper()
	pod, err := c.client.CoreV1().Pods(c.namespace).Create(ctx, podOf(name, template), metav1.CreateOptions{})
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create pod %q", name)
	return pod
}

func podOf(name string, template v1.PodTemplateSpec) *v1.Pod {
	pod := &v1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	pod.Name = name
	return pod
}

// expectPod waits until the pod matches.
func (c *cluster) expectPod(ctx context.Context, name string, matcher types.GomegaMatcher, explain ...any) *v1.Pod {
	ginkgo.GinkgoHelper()
	var last *v1.Pod
	gomega.Eventually(ctx, func(ctx context.Context) (*v1.Pod, error) {
		var err error
		last, err = c.client.CoreV1().Pods(c.namespace).Get(ctx, name, metav1.GetOptions{})
		return last, err
	}).Should(matcher, explain...)
	return last
}

// pods returns the pods that match the label selector.
func (c *cluster) pods(ctx context.Context, selector string) []v1.Pod {
	ginkgo.GinkgoHelper()
	list, err := c.client.CoreV1().Pods(c.namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "list pods %q", selector)
	return list.Items
}

// onlyPod waits for the app's one pod.
func (c *cluster) onlyPod(ctx context.Context, app string) *v1.Pod {
	ginkgo.GinkgoHelper()
	var pods []v1.Pod
	gomega.Eventually(ctx, func(ctx context.Context) []v1.Pod {
		pods = c.pods(ctx, "app="+app)
		return pods
	}).Should(gomega.HaveLen(1), "pods of %q", app)
	return &pods[0]
}

// expectGone waits until the namespace has no pods.
func (c *cluster) expectGone(ctx context.Context) {
	ginkgo.GinkgoHelper()
	gomega.Eventually(ctx, func(ctx context.Context) (int, error) {
		list, err := c.client.CoreV1().Pods(c.namespace).List(ctx, metav1.ListOptions{ResourceVersion: "0"})
		if err != nil {
			return 0, err
		}
		return len(list.Items), nil
	}).WithTimeout(3*time.Minute).WithPolling(500*time.Millisecond).Should(gomega.BeZero(), "pods that are left")
}

// messages returns the messages of a pod's events with that reason, in no particular order.
func (c *cluster) messages(ctx context.Context, pod *v1.Pod, reason string) ([]string, error) {
	list, err := c.client.CoreV1().Events(c.namespace).List(ctx, metav1.ListOptions{
		FieldSelector: fields.Set{"involvedObject.uid": string(pod.UID), "reason": reason}.String(),
	})
	if err != nil {
		return nil, err
	}
	var found []string
	for _, event := range list.Items {
		found = append(found, event.Message)
	}
	return found, nil
}

// kubectl runs kubectl in the namespace and returns its output, stderr included.
func (c *cluster) kubectl(ctx context.Context, args ...string) string {
	ginkgo.GinkgoHelper()
	output, err := c.tryKubectl(ctx, args...)
	gomega.Expect(err).NotTo(gomega.HaveOccurred(), "kubectl %s: %s", strings.Join(args, " "), output)
	return output
}

func (c *cluster) tryKubectl(ctx context.Context, args ...string) (string, error) {
	output, err := exec.CommandContext(ctx, "kubectl", append([]string{"--namespace", c.namespace}, args...)...).CombinedOutput()
	return string(output), err
}
