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

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies across kubelet restarts", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-kubelet-restart")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	order := map[string]string{
		"proxy": `{"type":"Sidecar","dependsOn":[{"container":"certs"}]}`,
		"certs": sidecar,
	}

	ginkgo.It("should go on with a start, when what was waited for became ready meanwhile", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("starting", v1.RestartPolicyAlways, order,
			actor.New("app"), actor.New("proxy", actor.WithReadiness), actor.New("certs", actor.WithStartup)))
		stage.Cue("certs.startup")
		stage.WaitFor(ctx, "proxy start")
		expectPod(ctx, f, pod, actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"proxy" to be Ready`)),
			"the app waits")
		expectEvents(ctx, f, pod, "app", events.WaitingForDependencies, 1)

		killKubelet(ctx, func() { stage.Cue("proxy.ready") })
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "certs"), beReady(), haveNoRestarts()), "the start goes on")
		stage.WaitFor(ctx, "app start")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("certs start", "certs startup", "proxy start", "spec proxy.ready", "proxy ready", "app start"),
			actor.HappenOnce("certs start", "proxy start", "app start")))
		expectEvents(ctx, f, pod, "app", events.WaitingForDependencies, 1)
	})

	ginkgo.It("should go on with a wait, when nothing happened meanwhile", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("waiting", v1.RestartPolicyAlways, order,
			actor.New("app"), actor.New("proxy", actor.WithMark), actor.New("certs", actor.WithReadiness)))
		stage.WaitFor(ctx, "certs start")
		expectPod(ctx, f, pod, actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"proxy" to be Ready`)),
			"the app waits")

		killKubelet(ctx, func() {})
		stage.Cue("certs.ready")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "certs"), beReady(), haveNoRestarts()), "the start goes on")
		stage.WaitFor(ctx, "app start")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("certs start", "spec certs.ready", "certs ready", "proxy start", "app start"),
			actor.HappenOnce("certs start", "proxy start", "app start")))
		for _, container := range []string{"app", "proxy"} {
			expectEvents(ctx, f, pod, container, events.WaitingForDependencies, 1)
		}
	})

	ginkgo.It("should go on with a wait for a startup probe that has yet to pass", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("starting-up", v1.RestartPolicyAlways, order,
			actor.New("app"), actor.New("proxy", actor.WithMark), actor.New("certs", actor.WithStartup)))
		stage.WaitFor(ctx, "certs start")
		expectPod(ctx, f, pod, actor.HaveWaiting("proxy", events.WaitingForDependencies, gomega.ContainSubstring(`"certs" to be Ready`)),
			"the proxy waits")

		// The first process shows the container to the second.
		for range 2 {
			killKubelet(ctx, func() {})
			get := framework.GetObject(f.ClientSet.CoreV1().Pods(pod.Namespace).Get, pod.Name, metav1.GetOptions{})
			gomega.Consistently(ctx, get).WithTimeout(5*time.Second).WithPolling(dependencyPoll).Should(gomega.And(haveStarted("certs", false),
				actor.HaveWaiting("proxy", events.WaitingForDependencies, gomega.ContainSubstring(`"certs" to be Ready`))), "the wait goes on")
			gomega.Expect(stage.Timeline()).To(actor.NotHappen("proxy start"))
		}
		stage.Cue("certs.startup")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "certs"), beReady(), haveStarted("certs", true), haveNoRestarts()),
			"the start goes on")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("certs start", "spec certs.startup", "certs startup", "proxy start", "app start"),
			actor.HappenOnce("certs start", "proxy start", "app start")))
	})

	ginkgo.It("should go on with the start of a static pod, of which nothing is known", func(ctx context.Context) {
		stage := actor.NewStage()
		pod, remove := createStaticOnStage(ctx, f, stage, actorPod("static", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar, "certs": sidecar},
			actor.New("app"), actor.New("proxy", actor.WithReadiness), actor.New("certs", actor.WithStartup)))
		stage.Cue("certs.startup")
		expectPod(ctx, f, pod, gomega.And(haveStarted("certs", true), actor.HaveWaiting("app", events.WaitingForDependencies, gomega.And(
			gomega.ContainSubstring(`"proxy" to be Ready`), gomega.Not(gomega.ContainSubstring("certs"))))), "the app waits for the proxy alone")

		// The app waits for certs, too: it must pass its startup probe again.
		killKubelet(ctx, func() { stage.Withdraw("certs.startup") })
		expectPod(ctx, f, pod, actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"certs" to be Ready`)),
			"the new kubelet does not know of certs")
		stage.Cue("proxy.ready")
		stage.Cue("certs.startup")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "certs"), beReady(), haveNoRestarts()), "the start goes on")
		stage.WaitFor(ctx, "app start")

		// Nobody waits any more: a new kubelet takes it for Started, as it does in any static pod.
		killKubelet(ctx, func() {
			stage.Withdraw("certs.startup")
			stage.Withdraw("proxy.ready")
		})
		expectPod(ctx, f, pod, gomega.Not(beReady()), "the new kubelet looks at the pod")
		stage.Cue("proxy.ready")
		expectPod(ctx, f, pod, beReady(), "the pod is Ready again")
		get := framework.GetObject(f.ClientSet.CoreV1().Pods(pod.Namespace).Get, pod.Name, metav1.GetOptions{})
		gomega.Consistently(ctx, get).WithTimeout(5*time.Second).WithPolling(dependencyPoll).Should(gomega.And(
			haveStarted("certs", true), beReady(), haveNoRestarts()), "no startup probe runs")
		gomega.Expect(stage.Timeline()).To(actor.HappenOnce("certs start", "proxy start", "app start"))
		remove()
		waitForPodGone(ctx, f, pod)
	})

	ginkgo.It("should leave a pod alone that runs, and keep its order to stop", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("running", v1.RestartPolicyAlways, order,
			actor.New("app", actor.WithHeldStop), actor.New("proxy", actor.WithReadiness, actor.WithPostStart, actor.WithStartup),
			actor.New("certs", actor.WithHeldStop)))
		stage.Cue("proxy.poststart")
		stage.Cue("proxy.startup")
		stage.Cue("proxy.ready")
		before := expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "certs"), beReady()), "the pod runs")
		stage.WaitFor(ctx, "app start")

		// The kubelet can notice that the Sidecar is no longer ready only by looking at the pod.
		killKubelet(ctx, func() { stage.Withdraw("proxy.ready") })
		after := expectPod(ctx, f, pod, gomega.Not(beReady()), "the new kubelet looks at the pod")
		stage.Cue("proxy.ready")
		after = expectPod(ctx, f, after, gomega.And(actor.HaveRunning("app", "proxy", "certs"), beReady(), haveNoRestarts()), "the pod runs")
		stage.WaitFor(ctx, "app start")
		for i, c := range before.Status.ContainerStatuses {
			gomega.Expect(after.Status.ContainerStatuses[i].ContainerID).To(gomega.Equal(c.ContainerID), "ID of container %q", c.Name)
		}

		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "app term")
		stage.Cue("app.stopped")
		stage.WaitFor(ctx, "certs term")
		stage.Cue("certs.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("app term", "spec app.stopped", "app exit", "proxy term", "proxy exit", "certs term", "certs exit"),
			actor.HappenOnce("certs start", "proxy start", "proxy poststart", "app start")))
	})

	ginkgo.It("should go on with a stop", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("stopping", v1.RestartPolicyAlways, order,
			actor.New("app", actor.WithHeldStop), actor.New("proxy"), actor.New("certs")))
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "certs"), beReady()), "the pod runs")
		stage.WaitFor(ctx, "app start")

		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "app term")
		killKubelet(ctx, func() {})
		gomega.Expect(stage.Timeline()).To(actor.NotHappen("proxy term", "certs term"))
		stage.Cue("app.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("app term", "spec app.stopped", "app exit", "proxy term", "proxy exit", "certs term", "certs exit"),
			actor.HappenOnce("certs start", "proxy start", "app start")))
	})

	ginkgo.It("should go on with a completion", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("completing", v1.RestartPolicyOnFailure, order,
			actor.New("app"), actor.New("proxy", actor.WithHeldStop), actor.New("certs")))
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "certs"), beReady()), "the pod runs")
		stage.WaitFor(ctx, "app start")

		stage.Finish("app", 0)
		stage.WaitFor(ctx, "proxy term")
		killKubelet(ctx, func() { stage.Cue("proxy.stopped") })
		expectPod(ctx, f, pod, gomega.And(havePhase(v1.PodSucceeded), actor.HaveExited("proxy", 143), actor.HaveExited("certs", 143),
			haveNoRestarts()), "the pod completes")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("app exit", "proxy term", "proxy exit", "certs term", "certs exit"),
			actor.HappenOnce("certs start", "proxy start", "app start")))
	})

	ginkgo.It("should not fail a pod because of what it cannot know about a container that has exited", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("unknown", v1.RestartPolicyNever, map[string]string{
			"app": `{"dependsOn":[{"container":"setup","condition":"Started"},{"container":"db"}]}`,
		}, actor.New("app"), actor.New("setup", actor.WithStartup), actor.New("db", actor.WithReadiness)))
		stage.Cue("setup.startup")
		expectPod(ctx, f, pod, actor.HaveWaiting("app", events.WaitingForDependencies,
			gomega.And(gomega.ContainSubstring(`"db" to be Ready`), gomega.Not(gomega.ContainSubstring("setup")))), "setup is Started")
		stage.WaitFor(ctx, "setup start", "db start")
		stage.Finish("setup", 0)
		expectPod(ctx, f, pod, actor.HaveExited("setup", 0), "setup exits")

		killKubelet(ctx, func() { stage.Cue("db.ready") })
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "db"), havePhase(v1.PodRunning)), "the start goes on")
		stage.WaitFor(ctx, "app start")
		gomega.Expect(stage.Timeline()).To(actor.HappenOnce("setup start", "db start", "app start"))
	})

	ginkgo.It("should not restart a pod that has completed because of how a Sidecar ended", func(ctx context.Context) {
		restartAll := func(c *v1.Container) {
			c.RestartPolicyRules = []v1.ContainerRestartRule{{
				Action:    v1.ContainerRestartRuleActionRestartAllContainers,
				ExitCodes: &v1.ContainerRestartRuleOnExitCodes{Operator: v1.ContainerRestartRuleOnExitCodesOpNotIn, Values: []int32{0}},
			}}
		}
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("complete", v1.RestartPolicyNever, order,
			actor.New("app"), actor.New("proxy", actor.NeverRestarted, restartAll), actor.New("certs", actor.NeverRestarted, actor.WithHeldStop)))
		stage.WaitFor(ctx, "app start")
		stage.Finish("app", 0)
		stage.WaitFor(ctx, "proxy exit", "certs term")

		killKubelet(ctx, func() {})
		// The kubelet can report that the Sidecar has exited only by looking at the pod.
		expectPod(ctx, f, pod, actor.HaveExited("proxy", 143), "the new kubelet looks at the pod")
		stage.Cue("certs.stopped")
		expectPod(ctx, f, pod, gomega.And(havePhase(v1.PodSucceeded), actor.HaveExited("app", 0), actor.HaveExited("certs", 143),
			haveNoRestarts()), "the pod completes")
		gomega.Expect(stage.Timeline()).To(actor.HappenOnce("certs start", "proxy start", "app start"))
	})
})
