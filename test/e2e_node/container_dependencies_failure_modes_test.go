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

// Serial, because the metrics cover all pods of the node.
var _ = SIGDescribe("Container Dependencies failure modes", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), func() {
	f := framework.NewDefaultFramework("container-dependencies-failure-modes")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	// expectMore waits until the metric is higher by that much.
	expectMore := func(ctx context.Context, name string, before, by float64) {
		ginkgo.GinkgoHelper()
		gomega.Eventually(ctx, kubeletMetric(name, nil)).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
			Should(gomega.Equal(before+by), name)
	}

	ginkgo.It("should be counted", func(ctx context.Context) {
		needAnnotations("the API server refuses the order of the pod that is held")
		before := map[string]float64{}
		for _, name := range []string{heldPods, failedDependencies, exceededStopLimits} {
			before[name] = metricNow(ctx, kubeletMetric(name, nil))
		}
		stage := actor.NewStage()
		held := createOnStage(ctx, f, stage, actorPod("held", v1.RestartPolicyAlways, map[string]string{"app": `{"type":"Helper"}`},
			actor.New("app")))
		expectPod(ctx, f, held, gomega.HaveField("Status.Reason", events.InvalidContainerLifecycle), "the pod is held")
		expectMore(ctx, heldPods, before[heldPods], 1)

		failed := createOnStage(ctx, f, stage, actorPod("failed", v1.RestartPolicyNever,
			map[string]string{"app": `{"dependsOn":[{"container":"setup","condition":"Succeeded"}]}`}, actor.New("app"), actor.New("setup")))
		stage.WaitFor(ctx, "setup start")
		stage.Finish("setup", 3)
		expectPod(ctx, f, failed, gomega.HaveField("Status.Reason", events.DependencyFailed), "the pod fails")
		expectMore(ctx, failedDependencies, before[failedDependencies], 1)

		deaf := createOnStage(ctx, f, stage, actorPod("deaf", v1.RestartPolicyAlways, map[string]string{"proxy": `{"stopTimeoutSeconds":1}`},
			actor.New("proxy", actor.WithHeldStop)))
		stage.WaitFor(ctx, "proxy start")
		expectPod(ctx, f, deaf, actor.HaveRunning("proxy"), "the pod runs")
		gomega.Expect(metricNow(ctx, kubeletMetric(podsWithOrder, nil))).To(gomega.BeNumerically(">=", 3), "pods that use an order")
		deletePod(ctx, f, deaf)
		expectMore(ctx, exceededStopLimits, before[exceededStopLimits], 1)
		waitForPodGone(ctx, f, deaf)
		for _, name := range []string{heldPods, failedDependencies} {
			expectMore(ctx, name, before[name], 1)
		}
	})

	ginkgo.It("should hold a pod that never restarts with a Sidecar that says nothing of restarts", func(ctx context.Context) {
		needAnnotations("the API server sets the restart policy of such a Sidecar")
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("never", v1.RestartPolicyNever, map[string]string{"proxy": sidecar},
			actor.New("app"), actor.New("proxy")))
		expectPod(ctx, f, pod, gomega.And(havePhase(v1.PodPending), gomega.HaveField("Status.Reason", events.InvalidContainerLifecycle),
			gomega.HaveField("Status.Message", gomega.And(gomega.ContainSubstring(`"proxy" is a Sidecar`),
				gomega.ContainSubstring("restartPolicy: Always")))), "the pod is held")
		found := expectEvents(ctx, f, pod, "", events.InvalidContainerLifecycle, 1)
		gomega.Expect(found[0].Message).To(gomega.ContainSubstring("restartPolicy: Always"), "the event names the remedy")
		expectEvents(ctx, f, pod, "", events.SidecarsNotRestarted, 0)

		ginkgo.By("Making the container Standard")
		e2epod.NewPodClient(f).Update(ctx, pod.Name, func(pod *v1.Pod) { setOrderOf(pod, "proxy", `{}`) })
		stage.WaitFor(ctx, "app start", "proxy start")
		pod = expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), beReady(), gomega.HaveField("Status.Reason", "")),
			"the pod runs")

		ginkgo.By("Letting pods say when the Sidecar restarts")
		for name, trait := range map[string]func(*v1.Container){"own-always": actor.Native, "own-never": actor.NeverRestarted} {
			stage := actor.NewStage()
			pod := createOnStage(ctx, f, stage, actorPod(name, v1.RestartPolicyNever, map[string]string{"proxy": sidecar},
				actor.New("app"), actor.New("proxy", trait)))
			stage.WaitFor(ctx, "app start")
			stage.Finish("app", 0)
			done := expectPod(ctx, f, pod, gomega.And(havePhase(v1.PodSucceeded), actor.HaveExited("proxy", 143), haveNoRestarts()),
				"the pod completes")
			gomega.Expect(printedStatus(done)).To(gomega.Equal("0/2 Completed"), "what kubectl get pods prints")
			expectEvents(ctx, f, pod, "", events.SidecarsNotRestarted, 0)
		}
	})
})
