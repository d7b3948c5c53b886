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
	"k8s.io/kubernetes/test/utils/actor"
)

// The other specs use the condition Ready.
var _ = SIGDescribe("Container Dependencies conditions", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-conditions")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	waitsFor := func(message string) gomega.OmegaMatcher {
		return actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(message))
	}

	ginkgo.It("should take a container for Started when its startup probe has passed", func(ctx context.Context) {
		stage := actor.NewStage()
		// The readiness probe never passes.
		pod := createOnStage(ctx, f, stage, actorPod("started", v1.RestartPolicyAlways,
			map[string]string{"app": `{"dependsOn":[{"container":"cache","condition":"Started"}]}`},
			actor.New("app"), actor.New("cache", actor.WithPostStart, actor.WithStartup, actor.WithReadiness)))

		stage.WaitFor(ctx, "cache poststart")
		expectPod(ctx, f, pod, waitsFor(`waiting for "cache" to be Started (`), "the app waits for the postStart hook")
		stage.Cue("cache.poststart")
		stage.WaitFor(ctx, "cache poststart-done")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("cache"), waitsFor(`waiting for "cache" to be Started (not started`)),
			"the app waits for the startup probe")
		stage.Cue("cache.startup")
		expectPod(ctx, f, pod, actor.HaveRunning("app"), "the app starts")
		stage.WaitFor(ctx, "app start")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("cache poststart-done", "spec cache.startup", "cache startup", "app start"),
			actor.NotHappen("cache ready")))
	})

	ginkgo.It("should not take a container for Started before its postStart hook is done", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("hooked", v1.RestartPolicyAlways,
			map[string]string{"app": `{"dependsOn":[{"container":"cache","condition":"Started"}]}`},
			actor.New("app"), actor.New("cache", actor.WithPostStart, actor.WithStartup)))

		stage.Cue("cache.startup")
		stage.WaitFor(ctx, "cache poststart", "cache startup")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("cache"), waitsFor(`waiting for "cache" to be Started (starting)`)),
			"the app waits for the hook")
		stage.Cue("cache.poststart")
		expectPod(ctx, f, pod, actor.HaveRunning("app"), "the app starts")
		stage.WaitFor(ctx, "app start")
		gomega.Expect(stage.Timeline()).To(actor.HappenInOrder("cache startup", "spec cache.poststart", "cache poststart-done", "app start"))
	})

	ginkgo.It("should take a container for Completed whatever its exit code", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("completed", v1.RestartPolicyAlways,
			map[string]string{"app": `{"dependsOn":[{"container":"probe","condition":"Completed"}]}`},
			actor.New("app"), actor.New("probe", actor.NeverRestarted)))

		stage.WaitFor(ctx, "probe start")
		expectPod(ctx, f, pod, waitsFor(`waiting for "probe" to be Completed (running)`), "the app waits")
		stage.Finish("probe", 3)
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app"), actor.HaveExited("probe", 3)), "the app starts")
		stage.WaitFor(ctx, "app start")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("spec probe.done", "probe exit", "app start"),
			actor.HappenOnce("probe start", "app start")))
	})

	ginkgo.It("should wait for a container to Succeed that fails at first", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("succeeded", v1.RestartPolicyOnFailure,
			map[string]string{"app": `{"dependsOn":[{"container":"migrate","condition":"Succeeded"}]}`},
			actor.New("app"), actor.New("migrate")))

		stage.WaitFor(ctx, "migrate start")
		expectPod(ctx, f, pod, waitsFor(`waiting for "migrate" to be Succeeded (running)`), "the app waits")
		stage.Finish("migrate", 1)
		ginkgo.By("Waiting for the restart of the container that failed")
		gomega.Eventually(ctx, stage.Timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(actor.HappenTimes(2, "migrate start"))
		gomega.Expect(stage.Timeline()).To(actor.NotHappen("app start"))
		stage.Finish("migrate", 0)
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app"), actor.HaveExited("migrate", 0)), "the app starts")
		stage.WaitFor(ctx, "app start")
		gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenTimes(2, "migrate start", "migrate exit", "spec migrate.done"),
			actor.HappenOnce("app start")))
		timeline := stage.Timeline()
		gomega.Expect(timeline[timeline.Index("app start")-1].What).To(gomega.Equal("migrate exit"), "the app starts after the second run:\n%s",
			timeline)
	})

	ginkgo.It("should start independent containers at the same time", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("concurrent", v1.RestartPolicyAlways,
			map[string]string{"app": `{"dependsOn":[{"container":"cache"}]}`},
			actor.New("app"), actor.New("cache", actor.WithReadiness), actor.New("slow", actor.WithPostStart)))

		ginkgo.By("Letting the last container of the list hang in its postStart hook")
		stage.WaitFor(ctx, "slow poststart")
		stage.Cue("cache.ready")
		expectPod(ctx, f, pod, actor.HaveRunning("app", "cache"), "the others start")
		stage.WaitFor(ctx, "app start")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("slow poststart", "cache ready", "app start"),
			actor.NotHappen("slow poststart-done")))
		stage.Cue("slow.poststart")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("slow", "app", "cache"), beReady(), haveNoRestarts()), "the pod becomes ready")
		gomega.Expect(stage.Timeline()).To(actor.HappenOnce("slow start", "slow poststart", "cache start", "app start"))
	})
})
