// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	admissionapi "k8s.io/pod-security-admission/api"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

// Serial and Disruptive, because a spec stops the container runtime.
var _ = SIGDescribe("Container Dependencies preStop hooks", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-stop-hooks")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	sleeps := func(c *v1.Container) {
		c.Lifecycle = &v1.Lifecycle{PreStop: &v1.LifecycleHandler{Sleep: &v1.SleepAction{Seconds: 30}}}
	}
	chain := map[string]string{
		"app": `{"dependsOn":[{"container":"db","condition":"Started"}]}`,
		"db":  `{"dependsOn":[{"container":"disk","condition":"Started"}]}`,
	}
	// expectNextSoon expects that a container is told to stop soon after another one has exited.
	expectNextSoon := func(ctx context.Context, stage *actor.Stage, exit, next string) {
		ginkgo.GinkgoHelper()
		stage.WaitFor(ctx, next)
		timeline := stage.Timeline()
		gomega.Expect(timeline[timeline.Index(next)].At.Sub(timeline[timeline.Index(exit)].At)).To(
			gomega.BeNumerically("<", 8*time.Second), "from %q to %q", exit, next)
	}

	ginkgo.It("should not be waited for when their container has exited", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := actorPod("exits", v1.RestartPolicyAlways, chain, actor.New("app", sleeps), actor.New("db", sleeps), actor.New("disk"))
		pod.Spec.TerminationGracePeriodSeconds = ptr.To[int64](90)
		pod = createOnStage(ctx, f, stage, pod)
		stage.WaitFor(ctx, "app start", "db start", "disk start")
		deletePod(ctx, f, pod)
		expectEvents(ctx, f, pod, "app", events.KillingContainer, 1)
		ginkgo.By("Letting db exit before its turn, and app exit while its hook sleeps")
		stage.Finish("db", 1)
		stage.WaitFor(ctx, "db exit")
		stage.Finish("app", 0)
		stage.WaitFor(ctx, "app exit")
		expectNextSoon(ctx, stage, "app exit", "disk term")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(actor.NotHappen("app term", "db term"))
		expectEvents(ctx, f, pod, "", events.FailedPreStopHook, 0)
	})

	ginkgo.It("should run once, when the runtime is down at their turn", func(ctx context.Context) {
		stage := actor.NewStage()
		// The app uses up its limit, so that the turn of db comes while no runtime says that the app has exited.
		pod := actorPod("down", v1.RestartPolicyAlways,
			map[string]string{"app": `{"dependsOn":[{"container":"db","condition":"Started"}],"stopTimeoutSeconds":4}`},
			actor.New("app", actor.WithHeldStop), actor.New("db", actor.WithPreStop))
		pod.Spec.TerminationGracePeriodSeconds = ptr.To[int64](90)
		pod = createOnStage(ctx, f, stage, pod)
		stage.WaitFor(ctx, "app start", "db start")
		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "app term")
		stopContainerd(ctx, func() {
			expectEvents(ctx, f, pod, "db", events.KillingContainer, 1)
			gomega.Consistently(ctx, stage.Timeline).WithTimeout(5 * time.Second).WithPolling(dependencyPoll).
				Should(actor.NotHappen("db prestop"))
		})
		stage.WaitFor(ctx, "db prestop-done", "db exit")
		stage.Cue("app.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(actor.HappenOnceInOrder("app term", "db prestop", "db prestop-done", "db term", "db exit"))
		expectEvents(ctx, f, pod, "", events.FailedPreStopHook, 0)
		expectEvents(ctx, f, pod, "db", events.KillingContainer, 1)
	})
})
