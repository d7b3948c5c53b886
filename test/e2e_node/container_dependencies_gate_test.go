// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"maps"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies gate", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-gate")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should be turned off and on under pods that wait, run, complete and stop", func(ctx context.Context) {
		needAnnotations("the API server refuses the order of the pod that is held")
		ordered := map[string]string{"proxy": sidecar}
		stages := map[string]*actor.Stage{}
		create := func(name string, policy v1.RestartPolicy, order map[string]string, containers ...v1.Container) *v1.Pod {
			ginkgo.GinkgoHelper()
			stages[name] = actor.NewStage()
			return createOnStage(ctx, f, stages[name], actorPod(name, policy, order, containers...))
		}
		running := create("running", v1.RestartPolicyAlways, ordered, actor.New("app", actor.WithHeldStop), actor.New("proxy"))
		waiting := create("waiting", v1.RestartPolicyAlways, ordered, actor.New("app", actor.WithHeldStop),
			actor.New("proxy", actor.WithReadiness))
		completing := create("completing", v1.RestartPolicyOnFailure, ordered, actor.New("app"), actor.New("proxy", actor.Native))
		held := create("held", v1.RestartPolicyAlways, map[string]string{"app": `{"dependsOn":[{"container":"app"}]}`}, actor.New("app"))
		stopping := create("stopping", v1.RestartPolicyAlways, ordered, actor.New("app", actor.WithHeldStop), actor.New("proxy"))
		runs := gomega.And(actor.HaveRunning("app", "proxy"), beReady())
		running = expectPod(ctx, f, running, runs, "the pod runs")
		waiting = expectPod(ctx, f, waiting, gomega.And(actor.HaveRunning("proxy"),
			actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring("proxy"))), "the app waits")
		completing = expectPod(ctx, f, completing, runs, "the pod runs")
		expectPod(ctx, f, held, gomega.HaveField("Status.Reason", events.InvalidContainerLifecycle), "the pod is held")
		expectPod(ctx, f, stopping, runs, "the pod runs")
		for _, name := range []string{"running", "completing", "stopping"} {
			stages[name].WaitFor(ctx, "app start", "proxy start")
		}
		deletePod(ctx, f, stopping)
		stages["stopping"].WaitFor(ctx, "app term")
		gomega.Expect(stages["stopping"].Timeline()).To(actor.NotHappen("proxy term"), "the proxy waits for its turn to stop")

		ginkgo.By("Turning the gate off")
		setDependencyGate(ctx, f, false)
		ginkgo.DeferCleanup(setDependencyGate, f, true)
		stages["stopping"].WaitFor(ctx, "proxy term")
		stages["stopping"].Cue("app.stopped")
		waitForPodGone(ctx, f, stopping)
		gomega.Expect(stages["stopping"].Timeline()).To(gomega.And(actor.HappenInOrder("proxy term", "spec app.stopped", "app exit"),
			actor.HappenOnce("app start", "proxy start")), "nothing waits any more for its turn to stop")

		stages["waiting"].WaitFor(ctx, "app start")
		waiting = expectPod(ctx, f, waiting, gomega.And(actor.HaveRunning("app", "proxy"), haveNoRestarts()), "nothing waits any more")
		stages["held"].WaitFor(ctx, "app start")
		expectPod(ctx, f, held, gomega.And(actor.HaveRunning("app"), beReady(), gomega.HaveField("Status.Reason", "")), "no pod is held any more")
		stages["completing"].Finish("app", 0)
		completing = expectPod(ctx, f, completing, gomega.And(actor.HaveExited("app", 0), actor.HaveRunning("proxy"), havePhase(v1.PodRunning),
			haveNoRestarts()), "a Sidecar keeps its pod alive")
		fresh := create("fresh", v1.RestartPolicyAlways, ordered, actor.New("app", actor.WithHeldStop), actor.New("proxy", actor.WithReadiness))
		stages["fresh"].WaitFor(ctx, "app start", "proxy start")
		fresh = expectPod(ctx, f, fresh, actor.HaveRunning("app", "proxy"), "a new pod has no order")
		gomega.Expect(stages["completing"].Timeline()).To(actor.NotHappen("proxy term"), "the Sidecar is left alone")
		running = expectSameContainers(ctx, f, running, "with the gate off")

		ginkgo.By("Turning the gate on again")
		setDependencyGate(ctx, f, true)
		expectPod(ctx, f, completing, gomega.And(havePhase(v1.PodSucceeded), actor.HaveExited("app", 0), actor.HaveExited("proxy", 143),
			haveNoRestarts()), "the order that is kept with the sandbox is in force: the pod completes")
		stages["waiting"].Cue("proxy.ready")
		expectPod(ctx, f, waiting, gomega.And(runs, haveNoRestarts()), "what has started is not held back again")
		for _, pod := range []*v1.Pod{running, waiting, fresh} {
			expectSameContainers(ctx, f, pod, "with the gate on again")
		}
		expectPod(ctx, f, held, gomega.And(actor.HaveRunning("app"), haveNoRestarts()), "the pod that was held runs on")
		for _, pod := range []*v1.Pod{running, waiting} {
			stage := stages[pod.Name]
			deletePod(ctx, f, pod)
			stage.WaitFor(ctx, "app term")
			stage.Cue("app.stopped")
			waitForPodGone(ctx, f, pod)
			gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenInOrder("app term", "spec app.stopped", "app exit", "proxy term"),
				actor.HappenOnce("app start", "proxy start")), "pod %q stops in the order that is kept with its sandbox", pod.Name)
		}
		deletePod(ctx, f, fresh)
		stages["fresh"].WaitFor(ctx, "proxy term")
		stages["fresh"].Cue("app.stopped")
		waitForPodGone(ctx, f, fresh)
		gomega.Expect(stages["fresh"].Timeline()).To(actor.HappenInOrder("proxy term", "spec app.stopped", "app exit"),
			"a sandbox that was created without an order goes on without one")
	})
})

// setDependencyGate restarts the kubelet with the gate on or off.
func setDependencyGate(ctx context.Context, f *framework.Framework, on bool) {
	ginkgo.GinkgoHelper()
	current, err := getCurrentKubeletConfig(ctx)
	framework.ExpectNoError(err, "read the kubelet's configuration")
	config := current.DeepCopy()
	if config.FeatureGates = maps.Clone(config.FeatureGates); config.FeatureGates == nil {
		config.FeatureGates = map[string]bool{}
	}
	if was, set := config.FeatureGates[string(features.ContainerDependencies)]; was == on && set {
		return
	}
	config.FeatureGates[string(features.ContainerDependencies)] = on
	updateKubeletConfig(ctx, f, config, false)
}

// expectSameContainers asserts that the kubelet has restarted none of the pod's containers.
func expectSameContainers(ctx context.Context, f *framework.Framework, before *v1.Pod, when string) *v1.Pod {
	ginkgo.GinkgoHelper()
	after := expectPod(ctx, f, before, haveNoRestarts(), "pod %q runs on %s", before.Name, when)
	for _, c := range before.Status.ContainerStatuses {
		gomega.Expect(actor.StatusOf(after, c.Name).ContainerID).To(gomega.Equal(c.ContainerID), "container %q of pod %q %s", c.Name, before.Name,
			when)
	}
	return after
}
