// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/test/utils/actor"
)

var _ = ginkgo.Describe("Services", func() {
	c := inNamespace()

	ginkgo.It("should send requests to a pod whose bootstrap has succeeded", func(ctx context.Context) {
		s := actor.NewStage()
		template := templateOn(s, v1.RestartPolicyAlways,
			actor.Improvising("app"), actor.Improvising("certs", actor.Exits(0), func(c *v1.Container) {
				c.RestartPolicy = ptr.To(v1.ContainerRestartPolicyOnFailure)
			}))
		template.Labels = map[string]string{"app": "web"}
		say(&template, order{"app": {DependsOn: []v1.ContainerDependency{{Container: "certs", Condition: v1.ContainerDependencySucceeded}}}})
		_, err := c.client.CoreV1().Services(c.namespace).Create(ctx, &v1.Service{
			ObjectMeta: metav1.ObjectMeta{Name: "web"},
			Spec:       v1.ServiceSpec{Selector: template.Labels, Ports: []v1.ServicePort{{Port: 80}}},
		}, metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create a service")
		c.createPod(ctx, "web", template)
		pod := c.expectPod(ctx, "web", gomega.And(actor.HaveExited("certs", 0), actor.HaveRunning("app"),
			gomega.HaveField("Status.Conditions", gomega.ContainElement(gomega.And(
				gomega.HaveField("Type", v1.PodReady), gomega.HaveField("Status", v1.ConditionTrue))))), "the pod is Ready")
		gomega.Expect(s.Timeline().Of("web")).To(actor.HappenOnceInOrder("certs start", "certs exit", "app start", "app up"))

		gomega.Eventually(ctx, func(ctx context.Context) ([]string, error) {
			slices, err := c.client.DiscoveryV1().EndpointSlices(c.namespace).List(ctx,
				metav1.ListOptions{LabelSelector: "kubernetes.io/service-name=web"})
			if err != nil {
				return nil, err
			}
			var ready []string
			for _, slice := range slices.Items {
				for _, endpoint := range slice.Endpoints {
					if ptr.Deref(endpoint.Conditions.Ready, false) {
						ready = append(ready, endpoint.Addresses...)
					}
				}
			}
			return ready, nil
		}).Should(gomega.ConsistOf(pod.Status.PodIP), "ready addresses of the endpoint slices")
		gomega.Eventually(ctx, func(ctx context.Context) (string, error) {
			return c.tryKubectl(ctx, "get", "endpoints/web", "-o", "jsonpath={.subsets[*].addresses[*].ip}")
		}).Should(gomega.ContainSubstring(pod.Status.PodIP), "addresses of the endpoints")
		gomega.Expect(c.kubectl(ctx, "get", "pod/web", "--no-headers")).To(gomega.MatchRegexp(`^web +1/2 +Running `), "get pods")
		c.kubectl(ctx, "wait", "--for=condition=Ready", "--timeout=10s", "pod/web")
	})
})
