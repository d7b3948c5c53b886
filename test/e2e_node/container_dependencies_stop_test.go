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

// Serial: the metrics are the node's, not the pod's.
var _ = SIGDescribe("Container Dependencies stop", framework.WithFeatureGate(features.ContainerDependencies), framework.WithSerial(), func() {
	f := framework.NewDefaultFramework("container-dependencies-stop")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should stop a chain in reverse, each preStop hook in its turn", func(ctx context.Context) {
		stages := kubeletMetric(stageDurationCount, nil)
		stagesBefore := metricNow(ctx, stages)

		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("chain", v1.RestartPolicyAlways, map[string]string{
			"proxy": `{"type":"Sidecar","dependsOn":[{"container":"certs"}]}`,
			"certs": sidecar,
		}, actor("certs", withPreStop), actor("proxy", withPreStop, withHeldStop), actor("app", withPreStop, withHeldStop)))
		expectPod(ctx, f, pod, gomega.And(haveRunning("app", "proxy", "certs"), beReady()), "the pod runs")
		stage.waitFor(ctx, "app start")

		deletePod(ctx, f, pod)
		stage.waitFor(ctx, "app term")
		stage.cue("app.stopped")
		stage.waitFor(ctx, "proxy term")
		stage.cue("proxy.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.timeline()).To(gomega.And(
			happenInOrder(
				"app prestop", "app prestop-done", "app term", "spec app.stopped", "app exit",
				"proxy prestop", "proxy prestop-done", "proxy term", "spec proxy.stopped", "proxy exit",
				"certs prestop", "certs prestop-done", "certs term", "certs exit"),
			happenOnce("app prestop", "proxy prestop", "certs prestop", "app term", "proxy term", "certs term")))
		gomega.Eventually(ctx, stages).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(gomega.Equal(stagesBefore+3), "number of observed stages")
		expectEvents(ctx, f, pod, "", events.StoppingStage, 3)
	})

	ginkgo.It("should stop independent containers at the same time, and native sidecars last", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := actorPod("fan", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar, "logger": sidecar},
			actor("app", withHeldStop), actor("other", withHeldStop), actor("proxy", withHeldStop), actor("logger", withHeldStop))
		pod.Spec.InitContainers = []v1.Container{actor("first", native), actor("second", native)}
		pod = stage.create(ctx, f, pod)
		expectPod(ctx, f, pod, gomega.And(haveRunning("app", "other", "proxy", "logger", "first", "second"), beReady()), "the pod runs")
		stage.waitFor(ctx, "app start")

		deletePod(ctx, f, pod)
		ginkgo.By("Letting two containers stop that do not wait for one another")
		stage.waitFor(ctx, "app term", "other term")
		stage.cue("app.stopped")
		stage.waitFor(ctx, "app exit")
		stage.cue("other.stopped")
		ginkgo.By("Letting the Sidecars stop")
		stage.waitFor(ctx, "proxy term", "logger term")
		stage.cue("proxy.stopped")
		stage.waitFor(ctx, "proxy exit")
		stage.cue("logger.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.timeline()).To(gomega.And(
			happenInOrder("app term", "spec app.stopped", "app exit", "spec other.stopped", "other exit", "proxy term",
				"spec proxy.stopped", "proxy exit", "spec logger.stopped", "logger exit", "second term", "second exit", "first term", "first exit"),
			happenInOrder("other term", "spec app.stopped"),
			happenInOrder("other exit", "logger term", "spec proxy.stopped"),
			happenOnce("app term", "other term", "proxy term", "logger term", "first term", "second term")))
	})
})
