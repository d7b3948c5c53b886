// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
)

var _ = ginkgo.Describe("The pristine kubelet", ginkgo.Label(stockKubelet), func() {
	c := inNamespace()

	ginkgo.It("should run a pod with an order as any other, at once", func(ctx context.Context) {
		s := newStage()
		template := s.template("", actor("app"), actor("proxy", neverUp))
		o := order{"proxy": sidecar(), "app": {DependsOn: []v1.ContainerDependency{after("proxy")}}}
		sayByAnnotation(&template, o)
		if saying(*way) == byField {
			sayByField(&template, o)
		}
		pod := c.createPod(ctx, "unordered", template)
		pod = c.expectPod(ctx, pod.Name, haveRunning("app", "proxy"), "both containers run although the Sidecar is never ready")
		gomega.Eventually(ctx, func() []string { return s.timeline(pod.Name) }).Should(gomega.ContainElements("app up", "proxy start"), "what happened")

		c.kubectl(ctx, "delete", "pod/unordered")
		gomega.Expect(s.timeline(pod.Name)).To(gomega.ContainElements("app exit", "proxy exit"), "what happened")
		timeline := s.timeline(pod.Name)
		gomega.Expect(timeline[len(timeline)-4:len(timeline)-2]).To(gomega.ConsistOf("app term", "proxy term"), "both are told to stop before either has: %v", timeline)
	})
})
