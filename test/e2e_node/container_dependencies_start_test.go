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
var _ = SIGDescribe("Container Dependencies start", framework.WithFeatureGate(features.ContainerDependencies), framework.WithSerial(), func() {
	f := framework.NewDefaultFramework("container-dependencies-start")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should hold the app back until its Sidecar is Ready, and say so", func(ctx context.Context) {
		waits := kubeletMetric(waitDurationCount, map[string]string{"condition": "Ready"})
		blocked := kubeletMetric(blockedContainers, nil)
		waitsBefore, blockedBefore := metricNow(ctx, waits), metricNow(ctx, blocked)

		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("gated", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor("app"), actor("proxy", withReadiness)))

		ginkgo.By("Letting the Sidecar run without being ready")
		stage.waitFor(ctx, "proxy start")
		expectPod(ctx, f, pod, gomega.And(
			haveRunning("proxy"),
			haveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`waiting for "proxy" to be Ready (not ready`)),
			havePhase(v1.PodPending),
		), "the app waits and says for what")
		began := expectEvents(ctx, f, pod, "app", events.WaitingForDependencies, 1)
		gomega.Expect(began[0].Message).To(gomega.ContainSubstring(`"proxy" to be Ready`), "the event names container and condition")
		gomega.Expect(began[0].Type).To(gomega.Equal(v1.EventTypeNormal), "type of the event")
		gomega.Eventually(ctx, blocked).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(gomega.Equal(blockedBefore+1), "number of blocked containers")

		ginkgo.By("Letting the Sidecar become ready")
		stage.cue("proxy.ready")
		pod = expectPod(ctx, f, pod, gomega.And(haveRunning("app", "proxy"), havePhase(v1.PodRunning), beReady(), haveNoRestarts()),
			"the app starts when its Sidecar is Ready")
		stage.waitFor(ctx, "app start")

		gomega.Expect(stage.timeline()).To(gomega.And(
			happenInOrder("proxy start", "spec proxy.ready", "proxy ready", "app start"),
			happenOnce("proxy start", "app start")))
		expectEvents(ctx, f, pod, "app", events.DependenciesSatisfied, 1)
		expectEvents(ctx, f, pod, "app", events.WaitingForDependencies, 1)
		expectEvents(ctx, f, pod, "proxy", events.WaitingForDependencies, 0)
		gomega.Eventually(ctx, waits).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(gomega.Equal(waitsBefore+1), "number of observed waits")
		gomega.Eventually(ctx, blocked).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(gomega.Equal(blockedBefore), "number of blocked containers")
	})

	ginkgo.It("should order the Sidecars of injectors that do not know each other", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("injected", v1.RestartPolicyAlways, map[string]string{
			"certs":  `{"type":"Sidecar","before":["proxy","not-injected-here"]}`,
			"proxy":  sidecar,
			"logger": "type: Sidecar\ndependsOn:\n- container: proxy\n  condition: Started\n- container: not-injected-here\n  optional: true\n",
			"helper": `{"before":["*"]}`,
		}, actor("app"), actor("helper", withMark), actor("logger", withMark), actor("proxy", withMark), actor("certs", withMark)))

		expectPod(ctx, f, pod, gomega.And(haveRunning("app", "helper", "logger", "proxy", "certs"), beReady()), "all containers start")
		stage.waitFor(ctx, "app start")
		gomega.Expect(stage.timeline()).To(happenInOrder("certs start", "proxy start", "logger start", "helper start", "app start"))
	})
})
