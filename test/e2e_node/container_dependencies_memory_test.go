// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	admissionapi "k8s.io/pod-security-admission/api"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/features"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

// atMost is the memory limit of a container that is to overeat, or of its pod. Probes and hooks run within it.
const atMost = "96Mi"

// withLittleMemory limits the memory of a container.
func withLittleMemory(c *v1.Container) {
	c.Resources.Limits = v1.ResourceList{v1.ResourceMemory: resource.MustParse(atMost)}
	c.Resources.Requests = v1.ResourceList{v1.ResourceMemory: resource.MustParse("16Mi")}
}

// haveBeenKilledForMemory matches a pod whose container is running again after the kernel has killed it.
func haveBeenKilledForMemory(container string, restarts int32) types.GomegaMatcher {
	return gomega.And(actor.HaveRunning(container), haveRestarted(container, restarts),
		gomega.WithTransform(func(pod *v1.Pod) *v1.ContainerStateTerminated {
			return actor.StatusOf(pod, container).LastTerminationState.Terminated
		}, gomega.HaveValue(beKilledForMemory())))
}

// beKilledForMemory matches the end of a container that was killed. If containerd learns of the end before it learns of the reason, it
// says Error instead.
func beKilledForMemory() types.GomegaMatcher {
	return gomega.And(gomega.HaveField("ExitCode", int32(137)), gomega.HaveField("Reason", gomega.BeElementOf("OOMKilled", "Error")))
}

// haveEndedForMemory matches a pod whose container was killed by the kernel, and stays so.
func haveEndedForMemory(container string) types.GomegaMatcher {
	return gomega.WithTransform(func(pod *v1.Pod) *v1.ContainerStateTerminated {
		return actor.StatusOf(pod, container).State.Terminated
	}, gomega.HaveValue(beKilledForMemory()))
}

var _ = SIGDescribe("Container Dependencies memory limits", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-memory")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should restart what is over its limit in its place, and wait for it to become Ready", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("over", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor.New("app", actor.WithHeldStop, withLittleMemory), actor.New("proxy", actor.WithReadiness, actor.WithHeldStop, withLittleMemory)))
		stage.WaitFor(ctx, "proxy start")
		waits := actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"proxy" to be Ready`))
		expectPod(ctx, f, pod, waits, "the app waits")

		ginkgo.By("Killing the Sidecar before it is Ready")
		stage.Overeat("proxy")
		expectPod(ctx, f, pod, gomega.And(haveBeenKilledForMemory("proxy", 1), waits), "the app waits for the next run of the Sidecar")
		gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenOnce("proxy eat"), actor.NotHappen("app start")))
		stage.Cue("proxy.ready")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), beReady()), "the app runs")
		stage.WaitFor(ctx, "app start")
		gomega.Expect(stage.Timeline()).To(actor.HappenInOrder("proxy eat", "spec proxy.ready", "proxy ready", "app start"))

		ginkgo.By("Killing the app")
		stage.Overeat("app")
		expectPod(ctx, f, pod, gomega.And(haveBeenKilledForMemory("app", 1), haveRestarted("proxy", 1), beReady()), "the app alone is restarted")

		ginkgo.By("Killing the Sidecar under the app")
		stage.Overeat("proxy")
		expectPod(ctx, f, pod, gomega.And(haveBeenKilledForMemory("proxy", 2), haveRestarted("app", 1), actor.HaveRunning("app"), beReady()),
			"the Sidecar alone is restarted")
		gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenTimes(3, "proxy start"), actor.HappenTimes(2, "app start"),
			actor.NotHappen("app term", "proxy term")))

		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "app term")
		stage.Cue("app.stopped")
		stage.WaitFor(ctx, "proxy term")
		stage.Cue("proxy.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(actor.HappenInOrder("app term", "spec app.stopped", "app exit", "proxy term"))
	})

	ginkgo.It("should fail a pod whose app is over its limit, and stop the Sidecars in order", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("failing", v1.RestartPolicyNever, map[string]string{
			"proxy": `{"type":"Sidecar","dependsOn":[{"container":"certs"}]}`,
			"certs": sidecar,
		}, actor.New("app", withLittleMemory), actor.New("proxy", actor.AlwaysRestarted, actor.WithHeldStop),
			actor.New("certs", actor.AlwaysRestarted)))
		history := recordPod(ctx, f, pod)
		stage.WaitFor(ctx, "app start")
		stage.Overeat("app")
		stage.WaitFor(ctx, "proxy term")
		gomega.Expect(stage.Timeline()).To(actor.NotHappen("certs term"))
		stage.Cue("proxy.stopped")
		expectPod(ctx, f, pod, gomega.And(havePhase(v1.PodFailed), haveEndedForMemory("app"), actor.HaveExited("proxy", 143),
			actor.HaveExited("certs", 143), haveNoRestarts()), "the pod fails, for the app alone")
		gomega.Expect(terminalWhileRunning(history.all())).To(gomega.Succeed())
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("app eat", "proxy term", "spec proxy.stopped", "proxy exit", "certs term", "certs exit"),
			actor.HappenOnce("app start", "proxy start", "certs start")))
	})

	ginkgo.It("should fail a pod in which a container waits for one that was over its limit", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("failed", v1.RestartPolicyNever,
			map[string]string{"app": `{"dependsOn":[{"container":"migrate","condition":"Succeeded"}]}`},
			actor.New("app"), actor.New("migrate", withLittleMemory)))
		stage.WaitFor(ctx, "migrate start")
		stage.Overeat("migrate")
		pod = expectPod(ctx, f, pod, gomega.And(havePhase(v1.PodFailed), haveEndedForMemory("migrate")), "the pod fails")
		gomega.Expect(pod.Status.Reason).To(gomega.Equal(events.DependencyFailed), "reason of the pod")
		gomega.Expect(pod.Status.Message).To(
			gomega.HavePrefix(`"app" can never start: it waits for "migrate" to be Succeeded, which has exited with code 137`),
			"message of the pod")
		gomega.Expect(stage.Timeline()).To(actor.NotHappen("app start"))
	})

	ginkgo.It("should restart what is over the limit of the pod, and nothing else", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := actorPod("shared", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor.New("app"), actor.New("proxy", actor.WithReadiness))
		pod.Spec.Resources = &v1.ResourceRequirements{Limits: v1.ResourceList{v1.ResourceMemory: resource.MustParse(atMost)}}
		pod = createOnStage(ctx, f, stage, pod)
		gomega.Expect(pod.Spec.Resources).NotTo(gomega.BeNil(), "the API server keeps the resources of a pod")
		stage.WaitFor(ctx, "proxy start")
		pod = expectPod(ctx, f, pod, actor.HaveRunning("proxy"), "the Sidecar runs")
		limits := cgroupLimits(ctx, pod, "proxy")
		limit := resource.MustParse(atMost)
		gomega.Expect(limits).To(gomega.ContainElement(limit.AsDec().String()), "the cgroup of the pod has its limit while the app waits")
		stage.Cue("proxy.ready")
		stage.WaitFor(ctx, "app start")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), beReady()), "the pod runs")
		stage.Overeat("app")
		expectPod(ctx, f, pod, gomega.And(haveBeenKilledForMemory("app", 1), actor.HaveRunning("proxy"), haveRestarted("proxy", 0), beReady()),
			"the app is restarted")
		gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenTimes(2, "app start"), actor.HappenOnce("proxy start")))
	})

	// On version 2 of cgroups, the kernel kills all processes of a container with one that is over the limit (memory.oom.group).
	ginkgo.It("should treat a child that is over the limit as the node does", func(ctx context.Context) {
		expectChildKilled(ctx, f, !IsCgroup2UnifiedMode())
	})

	f.It("should spare a container whose child is over the limit, if the kubelet is to kill single processes", framework.WithSerial(),
		framework.WithDisruptive(), func(ctx context.Context) {
			changeKubeletConfig(ctx, f, func(config *kubeletconfig.KubeletConfiguration) { config.SingleProcessOOMKill = ptr.To(true) })
			expectChildKilled(ctx, f, true)
		})
})

// expectChildKilled lets a child of a Sidecar take too much memory. The Sidecar outlives it or not, and its dependents do not mind.
func expectChildKilled(ctx context.Context, f *framework.Framework, spared bool) {
	ginkgo.GinkgoHelper()
	stage := actor.NewStage()
	pod := createOnStage(ctx, f, stage, actorPod("parent", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
		actor.New("app"), actor.New("proxy", withLittleMemory)))
	pod = expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), beReady()), "the pod runs")
	stage.WaitFor(ctx, "app start")
	if limits := cgroupLimits(ctx, pod, "proxy"); IsCgroup2UnifiedMode() {
		gomega.Expect(limits).To(gomega.HaveKeyWithValue("proxy memory.oom.group", map[bool]string{true: "0", false: "1"}[spared]))
	}
	stage.OvereatInChild("proxy")
	stage.WaitFor(ctx, "proxy eat")
	if spared {
		stage.WaitFor(ctx, "proxy spared")
		gomega.Expect(expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), beReady()), "both run")).To(haveNoRestarts())
		gomega.Expect(stage.Timeline()).To(actor.HappenOnce("proxy start", "app start"))
		return
	}
	expectPod(ctx, f, pod, gomega.And(haveBeenKilledForMemory("proxy", 1), haveRestarted("app", 0), actor.HaveRunning("app"), beReady()),
		"the Sidecar alone is restarted")
	gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenTimes(2, "proxy start"), actor.HappenOnce("app start"),
		actor.NotHappen("proxy spared")))
}
