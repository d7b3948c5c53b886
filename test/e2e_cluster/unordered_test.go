// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/test/utils/actor"
)

var _ = ginkgo.Describe("The pristine kubelet", ginkgo.Label(stockKubelet), func() {
	c := inNamespace()

	ginkgo.It("should run a pod with an order as any other, at once", func(ctx context.Context) {
		s := actor.NewStage()
		template := templateOn(s, "", actor.Improvising("app"), actor.Improvising("proxy", actor.NeverUp))
		o := order{"proxy": sidecar(), "app": {DependsOn: []v1.ContainerDependency{after("proxy")}}}
		sayByAnnotation(&template, o)
		if saying(*way) == byField {
			sayByField(&template, o)
		}
		pod := c.createPod(ctx, "unordered", template)
		pod = c.expectPod(ctx, pod.Name, actor.HaveRunning("app", "proxy"), "both containers run although the Sidecar is never ready")
		timeline := func() actor.Timeline { return s.Timeline().Of(pod.Name) }
		gomega.Eventually(ctx, timeline).Should(actor.HaveHappened("app up", "proxy start"), "what happened")

		c.kubectl(ctx, "delete", "pod/unordered")
		all := timeline()
		gomega.Expect(all).To(actor.HaveHappened("app exit", "proxy exit"), "what happened")
		gomega.Expect(all[len(all)-4:len(all)-2].What()).To(gomega.ConsistOf("app term", "proxy term"),
			"both get SIGTERM before either exits:\n%s", all)
	})
})
