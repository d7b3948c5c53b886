// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	admissionapi "k8s.io/pod-security-admission/api"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

// Serial and Disruptive, because the specs restart the kubelet.
var _ = SIGDescribe("Container Dependencies preStopTiming", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-stop-timing")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	// heldPreStop is a preStop hook that waits for the cue "prestop".
	heldPreStop := func(c *v1.Container) {
		c.Lifecycle = &v1.Lifecycle{PreStop: &v1.LifecycleHandler{Exec: &v1.ExecAction{Command: actor.Command("hook prestop held")}}}
	}
	const drains = `{"type":"Sidecar","preStopTiming":"AtTermination"}`
	// mesh returns a pod whose proxy has a preStop hook that runs when the pod begins to stop, and needs certs.
	mesh := func(name, proxy string, traits ...func(*v1.Container)) *v1.Pod {
		return actorPod(name, v1.RestartPolicyAlways, map[string]string{
			"proxy": proxy,
			"certs": `{"type":"Sidecar","before":[{"container":"proxy"}]}`,
		}, actor.New("app", actor.WithHeldStop), actor.New("proxy", traits...), actor.New("certs"))
	}
	// stays expects that these do not happen for a while.
	stays := func(ctx context.Context, stage *actor.Stage, what ...string) {
		ginkgo.GinkgoHelper()
		gomega.Consistently(ctx, stage.Timeline).WithTimeout(2 * time.Second).WithPolling(dependencyPoll).Should(actor.NotHappen(what...))
	}

	ginkgo.It("should deregister first, and let the mesh drain beside the app", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := actorPod("drains", v1.RestartPolicyAlways, map[string]string{
			"discovery": `{"type":"Sidecar","dependsOn":[{"type":"Standard"}]}`,
			"proxy":     drains,
		}, actor.New("proxy", heldPreStop), actor.New("app", actor.WithPreStop, actor.WithHeldStop),
			actor.New("discovery", actor.WithPreStop, actor.WithHeldStop))
		pod = createOnStage(ctx, f, stage, pod)
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "discovery"), beReady()), "the pod runs")
		stage.WaitFor(ctx, "app start", "proxy start", "discovery start")

		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "proxy prestop", "discovery term")
		stays(ctx, stage, "app prestop", "app term", "proxy term")
		stage.Cue("discovery.stopped")
		stage.WaitFor(ctx, "app term")
		stage.Cue("proxy.prestop")
		stage.WaitFor(ctx, "proxy prestop-done")
		stays(ctx, stage, "proxy term")
		stage.Cue("app.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("app start", "discovery start", "discovery prestop", "discovery prestop-done", "discovery term",
				"spec discovery.stopped", "discovery exit", "app prestop", "app term", "spec proxy.prestop", "proxy prestop-done",
				"spec app.stopped", "app exit", "proxy term", "proxy exit"),
			actor.HappenInOrder("proxy prestop", "discovery exit"),
			actor.HappenOnce("proxy prestop", "app prestop", "discovery prestop", "proxy term", "app term", "discovery term")))
		expectEvents(ctx, f, pod, "", events.FailedPreStopHook, 0)
		expectEvents(ctx, f, pod, "proxy", events.KillingContainer, 1)
	})

	ginkgo.It("should wait in the container's turn for a hook that takes longer", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, mesh("long", drains, heldPreStop))
		stage.WaitFor(ctx, "app start", "proxy start", "certs start")
		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "proxy prestop", "app term")
		stage.Cue("app.stopped")
		stage.WaitFor(ctx, "app exit")
		stays(ctx, stage, "proxy term", "certs term")
		stage.Cue("proxy.prestop")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(actor.HappenOnceInOrder("proxy prestop", "app exit", "spec proxy.prestop", "proxy prestop-done",
			"proxy term", "proxy exit", "certs term", "certs exit"))
	})

	ginkgo.It("should not wait for a hook that hangs any longer than the container's limit", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := mesh("hangs", `{"type":"Sidecar","preStopTiming":"AtTermination","stopTimeoutSeconds":3}`, heldPreStop, actor.WithHeldStop)
		pod.Spec.TerminationGracePeriodSeconds = ptr.To[int64](90)
		pod = createOnStage(ctx, f, stage, pod)
		stage.WaitFor(ctx, "app start", "proxy start", "certs start")
		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "proxy prestop", "app term")
		// The wait for the container's turn is no part of its limit.
		gomega.Consistently(ctx, stage.Timeline).WithTimeout(4 * time.Second).WithPolling(dependencyPoll).Should(actor.NotHappen("certs term"))
		stage.Cue("app.stopped")
		stage.WaitFor(ctx, "certs term")
		waitForPodGone(ctx, f, pod)
		timeline := stage.Timeline()
		// The runtime may take seconds for the kill (3.1 s were seen once). The period, to which a hook that hangs would hold the
		// stop, is far longer.
		gomega.Expect(timeline[timeline.Index("certs term")].At.Sub(timeline[timeline.Index("app exit")].At)).To(
			gomega.And(gomega.BeNumerically(">", 2*time.Second), gomega.BeNumerically("<", 8*time.Second)),
			"from the turn of the proxy to that of certs")
		gomega.Expect(timeline).To(actor.NotHappen("proxy prestop-done", "proxy exit"))
		expectEvents(ctx, f, pod, "proxy", events.ExceededStopLimit, 1)
		expectEvents(ctx, f, pod, "certs", events.ExceededStopLimit, 0)
	})

	ginkgo.It("should run the hook again after a restart of the kubelet, and keep the order", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := mesh("restarts", drains, heldPreStop)
		pod.Spec.TerminationGracePeriodSeconds = ptr.To[int64](90)
		pod = createOnStage(ctx, f, stage, pod)
		stage.WaitFor(ctx, "app start", "proxy start", "certs start")
		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "proxy prestop", "app term")
		killKubelet(ctx, func() {})
		gomega.Eventually(ctx, stage.Timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(actor.HappenTimes(2, "proxy prestop"), "the hook runs again")
		stage.Cue("proxy.prestop")
		stays(ctx, stage, "proxy term", "certs term")
		stage.Cue("app.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenOnceInOrder("spec proxy.prestop", "spec app.stopped", "app exit", "proxy term", "proxy exit", "certs term", "certs exit"),
			actor.HappenTimes(2, "proxy prestop")))
	})

	ginkgo.It("should let native sidecars say when their hooks run, and how long they have", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := actorPod("natives", v1.RestartPolicyAlways, map[string]string{
			"first":  `{"preStopTiming":"InTurn"}`,
			"second": `{"stopTimeoutSeconds":3}`,
		}, actor.New("app", actor.WithHeldStop))
		pod.Spec.TerminationGracePeriodSeconds = ptr.To[int64](90)
		pod.Spec.InitContainers = []v1.Container{actor.New("plain", actor.Native, actor.WithPreStop),
			actor.New("first", actor.Native, actor.WithPreStop), actor.New("second", actor.Native, actor.WithPreStop, actor.WithHeldStop)}
		pod = createOnStage(ctx, f, stage, pod)
		stage.WaitFor(ctx, "app start", "first start", "second start", "plain start")
		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "app term", "second prestop-done", "plain prestop-done")
		// This is longer than the limit of the second one, which begins at its turn.
		gomega.Consistently(ctx, stage.Timeline).WithTimeout(4 * time.Second).WithPolling(dependencyPoll).
			Should(actor.NotHappen("first prestop", "first term", "second term", "plain term"))
		stage.Cue("app.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenOnceInOrder("second prestop", "app exit", "second term", "first prestop", "first prestop-done", "first term", "first exit",
				"plain term", "plain exit"),
			actor.HappenOnce("plain prestop"), actor.NotHappen("second exit")))
		expectEvents(ctx, f, pod, "second", events.ExceededStopLimit, 1)
	})

	ginkgo.It("should run the hooks of all Sidecars when a Job's pod completes", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("job", v1.RestartPolicyOnFailure, map[string]string{
			"proxy": `{"type":"Sidecar","dependsOn":[{"container":"certs"}],"preStopTiming":"AtTermination"}`,
			"certs": drains,
		}, actor.New("app"), actor.New("proxy", actor.WithPreStop, actor.WithHeldStop), actor.New("certs", actor.WithPreStop)))
		stage.WaitFor(ctx, "app start", "proxy start", "certs start")
		stage.Finish("app", 0)
		stage.WaitFor(ctx, "proxy term", "certs prestop-done")
		stays(ctx, stage, "certs term")
		stage.Cue("proxy.stopped")
		expectPod(ctx, f, pod, gomega.And(havePhase(v1.PodSucceeded), haveEndedFor("proxy", 143, "Completed"),
			haveEndedFor("certs", 143, "Completed"), haveNoRestarts()), "the pod completes")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenOnceInOrder("app exit", "proxy prestop", "proxy term", "spec proxy.stopped", "proxy exit", "certs term", "certs exit"),
			actor.HappenOnceInOrder("app exit", "certs prestop", "proxy exit")))
	})

	ginkgo.It("should run the hook of a pod whose object is gone", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, mesh("orphan", drains, actor.WithPreStop))
		stage.WaitFor(ctx, "app start", "proxy start", "certs start")
		killKubelet(ctx, func() {
			err := f.ClientSet.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)})
			framework.ExpectNoError(err, "delete pod %q by force", pod.Name)
		})
		stage.WaitFor(ctx, "app term", "proxy prestop-done")
		stays(ctx, stage, "proxy term", "certs term")
		stage.Cue("app.stopped")
		stage.WaitFor(ctx, "certs exit")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenOnceInOrder("app term", "spec app.stopped", "app exit", "proxy term", "proxy exit", "certs term", "certs exit"),
			actor.HappenOnceInOrder("proxy prestop", "spec app.stopped")))
	})
})
