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
	e2epod "k8s.io/kubernetes/test/e2e/framework/pod"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies recovery", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-recovery")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	proxyFirst := map[string]string{"proxy": sidecar}
	waits := actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`waiting for "proxy" to be Ready`))

	ginkgo.It("should hold the app back while a Sidecar crashes, and not when it crashes later", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("crashing", v1.RestartPolicyAlways, proxyFirst,
			actor.New("app"), actor.New("proxy", actor.WithReadiness)))
		stage.WaitFor(ctx, "proxy start")
		stage.Finish("proxy", 1)
		gomega.Eventually(ctx, stage.Timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(actor.HappenTimes(2, "proxy start"), "the Sidecar is restarted")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("proxy"), waits), "the app still waits")
		stage.Cue("proxy.ready")
		stage.WaitFor(ctx, "app start")
		expectPod(ctx, f, pod, beReady(), "the pod is Ready")

		stage.Withdraw("proxy.ready")
		stage.Finish("proxy", 1)
		expectPod(ctx, f, pod, gomega.And(actor.HaveWaiting("proxy", "CrashLoopBackOff", gomega.Not(gomega.BeEmpty())),
			actor.HaveRunning("app"), gomega.Not(beReady())), "the Sidecar is in back-off")
		stage.Finish("app", 1)
		gomega.Eventually(ctx, stage.Timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(actor.HappenTimes(2, "app start"), "the app is restarted, whatever the Sidecar does")
		gomega.Expect(stage.Timeline()).To(actor.HappenExactly("proxy exit", "spec proxy.ready", "app start", "proxy exit", "app exit",
			"app start"))
	})

	ginkgo.It("should restart a Sidecar that its liveness probe has killed, and nothing else", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("sick", v1.RestartPolicyAlways, proxyFirst,
			actor.New("app"), actor.New("proxy", actor.WithReadiness, withLiveness)))
		stage.Cue("proxy.ready")
		stage.WaitFor(ctx, "app start")
		expectPod(ctx, f, pod, beReady(), "the pod is Ready")
		stage.Cue("proxy.dead")
		stage.WaitFor(ctx, "proxy exit")
		stage.Withdraw("proxy.dead")
		gomega.Eventually(ctx, stage.Timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(actor.HappenTimes(2, "proxy start"), "the Sidecar is restarted")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), beReady()), "the pod is Ready again")
		gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenOnce("app start"), actor.NotHappen("app term", "app exit")))
	})

	ginkgo.It("should start when an image is corrected that could not be pulled", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("mistyped", v1.RestartPolicyAlways, proxyFirst,
			actor.New("app"), actor.New("proxy", actor.WithMark, withImage("registry.k8s.io/no-such-image:1"))))
		expectPod(ctx, f, pod, gomega.And(actor.HaveWaiting("proxy", "ImagePullBackOff", gomega.ContainSubstring("no-such-image")), waits),
			"the app waits for a Sidecar without an image")
		gomega.Expect(stage.Timeline()).To(gomega.BeEmpty(), "nothing has run")
		e2epod.NewPodClient(f).Update(ctx, pod.Name, func(pod *v1.Pod) { pod.Spec.Containers[1].Image = actor.Image })
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), beReady(), haveNoRestarts()), "the pod starts")
		stage.WaitFor(ctx, "app start")
		gomega.Expect(stage.Timeline()).To(actor.HappenOnceInOrder("proxy start", "app start"))
	})

	ginkgo.It("should begin anew when the sandbox goes away while the app waits", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("homeless", v1.RestartPolicyAlways, proxyFirst,
			actor.New("app"), actor.New("proxy", actor.WithReadiness)))
		stage.WaitFor(ctx, "proxy start")
		expectPod(ctx, f, pod, waits, "the app waits")
		former := stopSandboxesOf(ctx, pod)
		gomega.Eventually(ctx, func(ctx context.Context) []string { return sandboxesOf(ctx, pod) }).WithTimeout(dependencyTimeout).
			WithPolling(dependencyPoll).Should(gomega.ContainElement(gomega.Not(gomega.BeElementOf(former))), "the pod gets a new sandbox")
		gomega.Eventually(ctx, stage.Timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(actor.HappenAgain("proxy start"), "the Sidecar starts in the new sandbox")
		expectPod(ctx, f, pod, waits, "the app waits again")
		stage.Cue("proxy.ready")
		stage.WaitFor(ctx, "app start")
		expectPod(ctx, f, pod, beReady(), "the pod is Ready")
		gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenOnce("app start"), actor.HappenInOrder("spec proxy.ready", "app start")))
	})
})
