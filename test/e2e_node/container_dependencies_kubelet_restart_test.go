// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
)

var _ = SIGDescribe("Container Dependencies across kubelet restarts", framework.WithFeatureGate(features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-kubelet-restart")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	order := map[string]string{
		"proxy": `{"type":"Sidecar","dependsOn":[{"container":"certs"}]}`,
		"certs": sidecar,
	}

	ginkgo.It("should go on with a start, when what was waited for became ready meanwhile", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("starting", v1.RestartPolicyAlways, order,
			actor("app"), actor("proxy", withReadiness), actor("certs", withStartup)))
		stage.cue("certs.startup")
		stage.waitFor(ctx, "proxy start")
		expectPod(ctx, f, pod, haveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"proxy" to be Ready`)), "the app waits")
		expectEvents(ctx, f, pod, "app", events.WaitingForDependencies, 1)

		killKubelet(ctx, func() { stage.cue("proxy.ready") })
		expectPod(ctx, f, pod, gomega.And(haveRunning("app", "proxy", "certs"), beReady(), haveNoRestarts()), "the start goes on")
		stage.waitFor(ctx, "app start")
		gomega.Expect(stage.timeline()).To(gomega.And(
			happenInOrder("certs start", "certs startup", "proxy start", "spec proxy.ready", "proxy ready", "app start"),
			happenOnce("certs start", "proxy start", "app start")))
		expectEvents(ctx, f, pod, "app", events.WaitingForDependencies, 1)
	})

	ginkgo.It("should go on with a wait, when nothing happened meanwhile", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("waiting", v1.RestartPolicyAlways, order,
			actor("app"), actor("proxy", withMark), actor("certs", withReadiness)))
		stage.waitFor(ctx, "certs start")
		expectPod(ctx, f, pod, haveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"proxy" to be Ready`)), "the app waits")

		killKubelet(ctx, func() {})
		stage.cue("certs.ready")
		expectPod(ctx, f, pod, gomega.And(haveRunning("app", "proxy", "certs"), beReady(), haveNoRestarts()), "the start goes on")
		stage.waitFor(ctx, "app start")
		gomega.Expect(stage.timeline()).To(gomega.And(
			happenInOrder("certs start", "spec certs.ready", "certs ready", "proxy start", "app start"),
			happenOnce("certs start", "proxy start", "app start")))
		for _, container := range []string{"app", "proxy"} {
			expectEvents(ctx, f, pod, container, events.WaitingForDependencies, 1)
		}
	})

	ginkgo.It("should leave a pod alone that runs, and keep its order to stop", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("running", v1.RestartPolicyAlways, order,
			actor("app", withHeldStop), actor("proxy", withReadiness, withPostStart, withStartup), actor("certs", withHeldStop)))
		stage.cue("proxy.poststart")
		stage.cue("proxy.startup")
		stage.cue("proxy.ready")
		before := expectPod(ctx, f, pod, gomega.And(haveRunning("app", "proxy", "certs"), beReady()), "the pod runs")
		stage.waitFor(ctx, "app start")

		// The kubelet notices only by looking at the pod that its Sidecar is no longer ready.
		killKubelet(ctx, func() { stage.withdraw("proxy.ready") })
		after := expectPod(ctx, f, pod, gomega.Not(beReady()), "the new kubelet looks at the pod")
		stage.cue("proxy.ready")
		after = expectPod(ctx, f, after, gomega.And(haveRunning("app", "proxy", "certs"), beReady(), haveNoRestarts()), "the pod runs")
		stage.waitFor(ctx, "app start")
		for i, c := range before.Status.ContainerStatuses {
			gomega.Expect(after.Status.ContainerStatuses[i].ContainerID).To(gomega.Equal(c.ContainerID), "ID of container %q", c.Name)
		}

		deletePod(ctx, f, pod)
		stage.waitFor(ctx, "app term")
		stage.cue("app.stopped")
		stage.waitFor(ctx, "certs term")
		stage.cue("certs.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.timeline()).To(gomega.And(
			happenInOrder("app term", "spec app.stopped", "app exit", "proxy term", "proxy exit", "certs term", "certs exit"),
			happenOnce("certs start", "proxy start", "proxy poststart", "app start")))
	})

	ginkgo.It("should go on with a stop", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("stopping", v1.RestartPolicyAlways, order,
			actor("app", withHeldStop), actor("proxy"), actor("certs")))
		expectPod(ctx, f, pod, gomega.And(haveRunning("app", "proxy", "certs"), beReady()), "the pod runs")
		stage.waitFor(ctx, "app start")

		deletePod(ctx, f, pod)
		stage.waitFor(ctx, "app term")
		killKubelet(ctx, func() {})
		gomega.Expect(stage.timeline()).To(notHappen("proxy term", "certs term"))
		stage.cue("app.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.timeline()).To(gomega.And(
			happenInOrder("app term", "spec app.stopped", "app exit", "proxy term", "proxy exit", "certs term", "certs exit"),
			happenOnce("certs start", "proxy start", "app start")))
	})

	ginkgo.It("should go on with a completion", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("completing", v1.RestartPolicyOnFailure, order,
			actor("app"), actor("proxy", withHeldStop), actor("certs")))
		expectPod(ctx, f, pod, gomega.And(haveRunning("app", "proxy", "certs"), beReady()), "the pod runs")
		stage.waitFor(ctx, "app start")

		stage.finish("app", 0)
		stage.waitFor(ctx, "proxy term")
		killKubelet(ctx, func() { stage.cue("proxy.stopped") })
		expectPod(ctx, f, pod, gomega.And(havePhase(v1.PodSucceeded), haveExited("proxy", 143), haveExited("certs", 143), haveNoRestarts()), "the pod completes")
		gomega.Expect(stage.timeline()).To(gomega.And(
			happenInOrder("app exit", "proxy term", "proxy exit", "certs term", "certs exit"),
			happenOnce("certs start", "proxy start", "app start")))
	})
})
