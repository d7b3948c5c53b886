// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = ginkgo.Describe("kubectl", func() {
	c := inNamespace()

	ginkgo.It("should show who waits for whom", func(ctx context.Context) {
		s := actor.NewStage()
		template := templateOn(s, "", actor.Improvising("app"), actor.Improvising("proxy", actor.NeverUp))
		say(&template, order{"app": {DependsOn: []v1.ContainerDependency{after("proxy")}}})
		c.createPod(ctx, "waits", template)
		c.expectPod(ctx, "waits", gomega.And(actor.HaveRunning("proxy"),
			actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`waiting for "proxy" to be Ready`))), "the pod waits")

		description := gomega.And(gomega.ContainSubstring("WaitingForDependencies"),
			gomega.ContainSubstring(`waiting for "proxy" to be Ready`))
		gomega.Eventually(ctx, func(ctx context.Context) (string, error) { return c.tryKubectl(ctx, "describe", "pod/waits") }).
			Should(description, "describe")
		gomega.Expect(c.kubectl(ctx, "get", "events", "--field-selector=involvedObject.name=waits")).To(description, "get events")

		manifest := c.kubectl(ctx, "get", "pod/waits", "-o", "yaml")
		gomega.Expect(manifest).To(gomega.ContainSubstring("reason: WaitingForDependencies"), "get -o yaml")
		if saying(*way) == byField {
			gomega.Expect(manifest).To(gomega.MatchRegexp(`lifecycle:\n +dependsOn:\n +- condition: Ready\n +container: proxy`), "get -o yaml")
		} else {
			gomega.Expect(manifest).To(gomega.MatchRegexp(dependency.AnnotationPrefix+`app: '\{"dependsOn":\[\{"container":"proxy"`),
				"get -o yaml")
		}
		gomega.Expect(s.Timeline().Of("waits")).To(actor.NotHappen("app start"), "the app never started")
	})

	ginkgo.It("should explain the fields", ginkgo.Label(fieldOnly), func(ctx context.Context) {
		gomega.Expect(c.kubectl(ctx, "explain", "pod.spec.containers.lifecycle")).To(gomega.And(
			gomega.ContainSubstring("type\t"), gomega.ContainSubstring("dependsOn\t<[]ContainerDependency>"),
			gomega.ContainSubstring("before\t<[]ContainerDependency>"), gomega.ContainSubstring("preStopTiming\t"),
			gomega.ContainSubstring("enum: AtTermination, InTurn"), gomega.ContainSubstring("stopTimeoutSeconds\t<integer>")), "explain lifecycle")
		for _, list := range []string{"containers.lifecycle.dependsOn", "initContainers.lifecycle.before"} {
			gomega.Expect(c.kubectl(ctx, "explain", "pod.spec."+list)).To(gomega.And(
				gomega.MatchRegexp(`container\t<string>\n`), gomega.MatchRegexp(`type\t<string>\n *enum: Sidecar, Standard\n`),
				gomega.MatchRegexp(`condition\t<string>\n *enum: Completed, None, Ready, Started, ....\n`),
				gomega.ContainSubstring("optional\t<boolean>"), gomega.ContainSubstring("Defaults to Ready")), "explain %s", list)
		}
	})
})
