// SPDX-License-Identifier: Apache-2.0

package e2ecluster

import (
	"context"
	"fmt"
	"slices"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = ginkgo.Describe("Ordered pods on a node of kind", ginkgo.Label(kindNodes), func() {
	c := inNamespace()

	ginkgo.DescribeTable("should not notice a restart of a service of the node, at any stage of their start and stop",
		func(ctx context.Context, unit string) {
			s, n := actor.NewStage(), c.orderingWorker(ctx)
			template := templateOn(s, "", actor.New("app", actor.WithReadiness, actor.WithHeldStop),
				actor.New("proxy", actor.WithReadiness, actor.WithHeldStop), actor.New("certs", actor.WithReadiness, actor.WithHeldStop))
			// The cues come after restarts, of which each may take a while.
			template.Spec.TerminationGracePeriodSeconds = ptr.To[int64](600)
			say(&template, twoSidecars)
			n.pin(&template)
			c.createPod(ctx, "pod", template)
			timeline := func() actor.Timeline { return s.Timeline().Of("pod") }

			for _, stage := range []struct{ up, next string }{{"certs", "proxy"}, {"proxy", "app"}, {"app", ""}} {
				s.WaitFor(ctx, stage.up+" start")
				n.restartUnit(ctx, unit)
				if stage.next != "" {
					c.expectPod(ctx, "pod", gomega.And(actor.HaveRunning(stage.up), actor.HaveWaiting(stage.next, events.WaitingForDependencies,
						gomega.ContainSubstring(fmt.Sprintf("waiting for %q to be Ready", stage.up)))), "it waits after the restart")
					gomega.Expect(timeline()).To(actor.NotHappen(stage.next + " start"))
				}
				s.Cue(stage.up + ".ready")
			}
			c.kubectl(ctx, "wait", "pod/pod", "--for=condition=Ready", patience)
			s.WaitFor(ctx, "app ready")
			before := c.identities(ctx, "pod")
			n.restartUnit(ctx, unit)
			gomega.Expect(c.identities(ctx, "pod")).To(gomega.Equal(before), "containers after the restart")
			gomega.Expect(before).To(gomega.HaveEach(gomega.HaveSuffix(" 0 restarts")), "containers of the pod")

			gomega.Expect(c.client.CoreV1().Pods(c.namespace).Delete(ctx, "pod", metav1.DeleteOptions{})).To(gomega.Succeed())
			for _, stage := range []struct{ down, next string }{{"app", "proxy"}, {"proxy", "certs"}, {"certs", ""}} {
				s.WaitFor(ctx, stage.down+" term")
				n.restartUnit(ctx, unit)
				if stage.next != "" {
					gomega.Expect(timeline()).To(actor.NotHappen(stage.next+" term"), "what must wait for %q", stage.down)
				}
				s.Cue(stage.down + ".stopped")
			}
			c.expectGone(ctx)
			gomega.Expect(timeline()).To(actor.HappenInOrder("certs start", "certs ready", "proxy start", "proxy ready", "app start", "app ready",
				"app term", "app exit", "proxy term", "proxy exit", "certs term", "certs exit"))
			// A container that was stopping gets SIGTERM again after the restart.
			gomega.Expect(timeline()).To(actor.HappenOnce("certs start", "proxy start", "app start", "app exit", "proxy exit", "certs exit"))
		},
		ginkgo.Entry("the kubelet", "kubelet"),
		ginkgo.Entry("containerd", "containerd"),
	)

	ginkgo.It("should start in order again when the node has been restarted", func(ctx context.Context) {
		s, n := actor.NewStage(), c.orderingWorker(ctx)
		template := meshed(s, "")
		n.pin(&template)
		_, err := c.client.AppsV1().Deployments(c.namespace).Create(ctx, deploymentOf("web", 3, template), metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the deployment")
		// Its bootstrap has succeeded, and counts as ready from then on.
		bootstrapped := templateOn(s, v1.RestartPolicyAlways, actor.Improvising("app"), actor.Improvising("certs", actor.Exits(0),
			func(c *v1.Container) { c.RestartPolicy = ptr.To(v1.ContainerRestartPolicyOnFailure) }))
		say(&bootstrapped, order{"app": {DependsOn: []v1.ContainerDependency{{Container: "certs", Condition: v1.ContainerDependencySucceeded}}}})
		n.pin(&bootstrapped)
		c.createPod(ctx, "bootstrapped", bootstrapped)
		c.kubectl(ctx, "rollout", "status", "deployment/web", patience)
		c.kubectl(ctx, "wait", "pod/bootstrapped", "--for=condition=Ready", patience)
		pods := names(c.pods(ctx, "app=web"))
		gomega.Expect(pods).To(gomega.HaveLen(3), "pods")
		expectStarted(s, pods...)
		before := c.identities(ctx, pods...)

		events := len(s.Timeline())
		n.restart(ctx)
		again := func() actor.Timeline { return s.Timeline()[events:] }
		for _, pod := range append(pods, "bootstrapped") {
			gomega.Eventually(ctx, func() actor.Timeline { return again().Of(pod) }).WithTimeout(nodeTimeout).Should(
				actor.HaveHappened("app up"), "pod %q after the restart", pod)
		}
		c.kubectl(ctx, "wait", "pods", "--all", "--for=condition=Ready", patience)
		gomega.Expect(names(c.pods(ctx, "app=web"))).To(gomega.Equal(pods), "the same pods")
		for _, pod := range pods {
			gomega.Expect(again().Of(pod)).To(actor.HappenOnceInOrder(twoUp...), "second start of pod %q", pod)
		}
		gomega.Expect(again().Of("bootstrapped")).To(actor.NotHappen("certs start"), "what has succeeded does not run again")
		after := c.identities(ctx, pods...)
		gomega.Expect(after).To(gomega.HaveLen(len(before)), "containers")
		for name, id := range before {
			gomega.Expect(after).To(gomega.HaveKeyWithValue(name, gomega.Not(gomega.Equal(id))), "a new container")
		}
		ginkgo.By("The second start: " + again().Of(pods[0]).String())

		c.kubectl(ctx, "delete", "deployment/web", "pod/bootstrapped")
		c.expectGone(ctx)
		for _, pod := range pods {
			second := again().Of(pod)
			gomega.Expect(second[len(second)-len(twoDown):]).To(actor.HappenOnceInOrder(twoDown...), "second stop of pod %q", pod)
		}
	})

	ginkgo.It("should stop in order when the node is drained", func(ctx context.Context) {
		s, n := actor.NewStage(), c.orderingWorker(ctx)
		template := meshed(s, "")
		n.pin(&template)
		_, err := c.client.AppsV1().Deployments(c.namespace).Create(ctx, deploymentOf("web", 3, template), metav1.CreateOptions{})
		gomega.Expect(err).NotTo(gomega.HaveOccurred(), "create the deployment")
		c.kubectl(ctx, "rollout", "status", "deployment/web", patience)
		old := names(c.pods(ctx, "app=web"))
		ginkgo.DeferCleanup(func(ctx context.Context) { c.kubectl(ctx, "uncordon", n.name) })
		c.kubectl(ctx, "drain", n.name, "--ignore-daemonsets", patience)
		gomega.Expect(old).To(gomega.HaveLen(3), "pods")
		expectLives(s, old...)

		ginkgo.By("Uncordoning the node, for which the new pods wait")
		c.kubectl(ctx, "uncordon", n.name)
		c.kubectl(ctx, "rollout", "status", "deployment/web", patience)
		now := names(c.pods(ctx, "app=web"))
		gomega.Expect(slices.ContainsFunc(now, func(name string) bool { return slices.Contains(old, name) })).To(
			gomega.BeFalseBecause("all pods are new: %q, before %q", now, old))
		expectStarted(s, now...)
	})
})
