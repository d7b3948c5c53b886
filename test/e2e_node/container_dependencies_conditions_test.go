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

// The condition Ready is that of the other specs.
var _ = SIGDescribe("Container Dependencies conditions", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-conditions")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	waitsFor := func(message string) gomega.OmegaMatcher {
		return haveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(message))
	}

	ginkgo.It("should take a container for Started when its startup probe has passed", func(ctx context.Context) {
		stage := newDependencyStage()
		// The readiness probe never passes.
		pod := stage.create(ctx, f, actorPod("started", v1.RestartPolicyAlways,
			map[string]string{"app": `{"dependsOn":[{"container":"cache","condition":"Started"}]}`},
			actor("app"), actor("cache", withPostStart, withStartup, withReadiness)))

		stage.waitFor(ctx, "cache poststart")
		expectPod(ctx, f, pod, waitsFor(`waiting for "cache" to be Started (`), "the app waits for the postStart hook")
		stage.cue("cache.poststart")
		stage.waitFor(ctx, "cache poststart-done")
		expectPod(ctx, f, pod, gomega.And(haveRunning("cache"), waitsFor(`waiting for "cache" to be Started (not started`)), "the app waits for the startup probe")
		stage.cue("cache.startup")
		expectPod(ctx, f, pod, haveRunning("app"), "the app starts")
		stage.waitFor(ctx, "app start")
		gomega.Expect(stage.timeline()).To(gomega.And(
			happenInOrder("cache poststart-done", "spec cache.startup", "cache startup", "app start"),
			notHappen("cache ready")))
	})

	ginkgo.It("should not take a container for Started before its postStart hook is done", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("hooked", v1.RestartPolicyAlways,
			map[string]string{"app": `{"dependsOn":[{"container":"cache","condition":"Started"}]}`},
			actor("app"), actor("cache", withPostStart, withStartup)))

		stage.cue("cache.startup")
		stage.waitFor(ctx, "cache poststart", "cache startup")
		expectPod(ctx, f, pod, gomega.And(haveRunning("cache"), waitsFor(`waiting for "cache" to be Started (starting)`)), "the app waits for the hook")
		stage.cue("cache.poststart")
		expectPod(ctx, f, pod, haveRunning("app"), "the app starts")
		stage.waitFor(ctx, "app start")
		gomega.Expect(stage.timeline()).To(happenInOrder("cache startup", "spec cache.poststart", "cache poststart-done", "app start"))
	})

	ginkgo.It("should take a container for Completed whatever its exit code", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("completed", v1.RestartPolicyAlways,
			map[string]string{"app": `{"dependsOn":[{"container":"probe","condition":"Completed"}]}`},
			actor("app"), actor("probe", neverRestarted)))

		stage.waitFor(ctx, "probe start")
		expectPod(ctx, f, pod, waitsFor(`waiting for "probe" to be Completed (running)`), "the app waits")
		stage.finish("probe", 3)
		expectPod(ctx, f, pod, gomega.And(haveRunning("app"), haveExited("probe", 3)), "the app starts")
		stage.waitFor(ctx, "app start")
		gomega.Expect(stage.timeline()).To(gomega.And(
			happenInOrder("spec probe.done", "probe exit", "app start"),
			happenOnce("probe start", "app start")))
	})

	ginkgo.It("should wait for a container to Succeed that fails at first", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("succeeded", v1.RestartPolicyOnFailure,
			map[string]string{"app": `{"dependsOn":[{"container":"migrate","condition":"Succeeded"}]}`},
			actor("app"), actor("migrate")))

		stage.waitFor(ctx, "migrate start")
		expectPod(ctx, f, pod, waitsFor(`waiting for "migrate" to be Succeeded (running)`), "the app waits")
		stage.finish("migrate", 1)
		ginkgo.By("Waiting for the restart of the container that failed")
		gomega.Eventually(ctx, stage.timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(happenTimes(2, "migrate start"))
		gomega.Expect(stage.timeline()).To(notHappen("app start"))
		stage.finish("migrate", 0)
		expectPod(ctx, f, pod, gomega.And(haveRunning("app"), haveExited("migrate", 0)), "the app starts")
		stage.waitFor(ctx, "app start")
		gomega.Expect(stage.timeline()).To(gomega.And(happenTimes(2, "migrate start", "migrate exit", "spec migrate.done"), happenOnce("app start")))
		timeline := stage.timeline()
		gomega.Expect(timeline[timeline.indexOf("app start")-1].what).To(gomega.Equal("migrate exit"), "the app starts after the second run:\n%s", timeline)
	})

	ginkgo.It("should start independent containers at the same time", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("concurrent", v1.RestartPolicyAlways,
			map[string]string{"app": `{"dependsOn":[{"container":"cache"}]}`},
			actor("slow", withPostStart), actor("cache", withReadiness), actor("app")))

		ginkgo.By("Letting one container hang in its postStart hook")
		stage.waitFor(ctx, "slow poststart")
		stage.cue("cache.ready")
		expectPod(ctx, f, pod, haveRunning("app", "cache"), "the others start")
		stage.waitFor(ctx, "app start")
		gomega.Expect(stage.timeline()).To(gomega.And(
			happenInOrder("slow poststart", "cache ready", "app start"),
			notHappen("slow poststart-done")))
		stage.cue("slow.poststart")
		expectPod(ctx, f, pod, gomega.And(haveRunning("slow", "app", "cache"), beReady(), haveNoRestarts()), "the pod becomes ready")
		gomega.Expect(stage.timeline()).To(happenOnce("slow start", "slow poststart", "cache start", "app start"))
	})
})
