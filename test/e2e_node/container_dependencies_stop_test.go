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

// Serial, because the metrics cover all pods of the node.
var _ = SIGDescribe("Container Dependencies stop", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), func() {
	f := framework.NewDefaultFramework("container-dependencies-stop")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should stop a chain in reverse, each preStop hook in its turn", func(ctx context.Context) {
		stages := kubeletMetric(stageDurationCount, nil)
		stagesBefore := metricNow(ctx, stages)

		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("chain", v1.RestartPolicyAlways, map[string]string{
			"proxy": `{"type":"Sidecar","dependsOn":[{"container":"certs"}]}`,
			"certs": sidecar,
		}, actor.New("certs", actor.WithPreStop), actor.New("proxy", actor.WithPreStop, actor.WithHeldStop),
			actor.New("app", actor.WithPreStop, actor.WithHeldStop)))
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "certs"), beReady()), "the pod runs")
		stage.WaitFor(ctx, "app start")

		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "app term")
		stage.Cue("app.stopped")
		stage.WaitFor(ctx, "proxy term")
		stage.Cue("proxy.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder(
				"app prestop", "app prestop-done", "app term", "spec app.stopped", "app exit",
				"proxy prestop", "proxy prestop-done", "proxy term", "spec proxy.stopped", "proxy exit",
				"certs prestop", "certs prestop-done", "certs term", "certs exit"),
			actor.HappenOnce("app prestop", "proxy prestop", "certs prestop", "app term", "proxy term", "certs term")))
		gomega.Eventually(ctx, stages).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(gomega.Equal(stagesBefore+3), "number of observed stages")
		expectEvents(ctx, f, pod, "", events.StoppingStage, 3)
	})

	ginkgo.It("should stop independent containers at the same time, and native sidecars last", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := actorPod("fan", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar, "logger": sidecar},
			actor.New("app", actor.WithHeldStop), actor.New("other", actor.WithHeldStop), actor.New("proxy", actor.WithHeldStop),
			actor.New("logger", actor.WithHeldStop))
		pod.Spec.InitContainers = []v1.Container{actor.New("first", actor.Native), actor.New("second", actor.Native)}
		pod = createOnStage(ctx, f, stage, pod)
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "other", "proxy", "logger", "first", "second"), beReady()), "the pod runs")
		stage.WaitFor(ctx, "app start")

		deletePod(ctx, f, pod)
		ginkgo.By("Stopping two independent containers")
		stage.WaitFor(ctx, "app term", "other term")
		stage.Cue("app.stopped")
		stage.WaitFor(ctx, "app exit")
		stage.Cue("other.stopped")
		ginkgo.By("Stopping the Sidecars")
		stage.WaitFor(ctx, "proxy term", "logger term")
		stage.Cue("proxy.stopped")
		stage.WaitFor(ctx, "proxy exit")
		stage.Cue("logger.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("app term", "spec app.stopped", "app exit", "spec other.stopped", "other exit", "proxy term",
				"spec proxy.stopped", "proxy exit", "spec logger.stopped", "logger exit", "second term", "second exit", "first term", "first exit"),
			actor.HappenInOrder("other term", "spec app.stopped"),
			actor.HappenInOrder("other exit", "logger term", "spec proxy.stopped"),
			actor.HappenOnce("app term", "other term", "proxy term", "logger term", "first term", "second term")))
	})
})
