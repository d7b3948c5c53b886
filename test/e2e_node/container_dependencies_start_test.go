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
var _ = SIGDescribe("Container Dependencies start", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), func() {
	f := framework.NewDefaultFramework("container-dependencies-start")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should hold the app back until its Sidecar is Ready, and say so", func(ctx context.Context) {
		waits := kubeletMetric(waitDurationCount, map[string]string{"condition": "Ready"})
		blocked := kubeletMetric(blockedContainers, nil)
		waitsBefore, blockedBefore := metricNow(ctx, waits), metricNow(ctx, blocked)

		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("gated", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor.New("app"), actor.New("proxy", actor.WithReadiness)))

		ginkgo.By("Letting the Sidecar run without being ready")
		stage.WaitFor(ctx, "proxy start")
		expectPod(ctx, f, pod, gomega.And(
			actor.HaveRunning("proxy"),
			actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`waiting for "proxy" to be Ready (not ready`)),
			havePhase(v1.PodPending),
		), "the app waits, and its status says for what")
		began := expectEvents(ctx, f, pod, "app", events.WaitingForDependencies, 1)
		gomega.Expect(began[0].Message).To(gomega.ContainSubstring(`"proxy" to be Ready`), "the event names container and condition")
		gomega.Expect(began[0].Type).To(gomega.Equal(v1.EventTypeNormal), "type of the event")
		gomega.Eventually(ctx, blocked).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(gomega.Equal(blockedBefore+1), "number of blocked containers")

		ginkgo.By("Letting the Sidecar become ready")
		stage.Cue("proxy.ready")
		pod = expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), havePhase(v1.PodRunning), beReady(), haveNoRestarts()),
			"the app starts when its Sidecar is Ready")
		stage.WaitFor(ctx, "app start")

		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("proxy start", "spec proxy.ready", "proxy ready", "app start"),
			actor.HappenOnce("proxy start", "app start")))
		expectEvents(ctx, f, pod, "app", events.DependenciesSatisfied, 1)
		expectEvents(ctx, f, pod, "app", events.WaitingForDependencies, 1)
		expectEvents(ctx, f, pod, "proxy", events.WaitingForDependencies, 0)
		gomega.Eventually(ctx, waits).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(gomega.Equal(waitsBefore+1), "number of observed waits")
		gomega.Eventually(ctx, blocked).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(gomega.Equal(blockedBefore), "number of blocked containers")
	})

	ginkgo.It("should order the Sidecars of injectors that do not know each other", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("injected", v1.RestartPolicyAlways, map[string]string{
			"certs":  `{"type":"Sidecar","before":[{"container":"proxy"},{"container":"not-injected-here"}]}`,
			"proxy":  sidecar,
			"logger": "type: Sidecar\ndependsOn:\n- container: proxy\n  condition: Started\n- container: not-injected-here\n  optional: true\n",
			"helper": `{"before":[{"type":"Standard"}]}`,
		}, actor.New("app"), actor.New("helper", actor.WithMark), actor.New("logger", actor.WithMark), actor.New("proxy", actor.WithMark),
			actor.New("certs", actor.WithMark)))

		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "helper", "logger", "proxy", "certs"), beReady()), "all containers start")
		stage.WaitFor(ctx, "app start")
		gomega.Expect(stage.Timeline()).To(actor.HappenInOrder("certs start", "proxy start", "logger start", "helper start", "app start"))
	})
})
