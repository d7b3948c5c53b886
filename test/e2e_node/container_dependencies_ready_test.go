// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	v1 "k8s.io/api/core/v1"
	admissionapi "k8s.io/pod-security-admission/api"
	"k8s.io/utils/ptr"

	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies readiness", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-ready")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should not need what has done its part, also after a restart of the kubelet and in a new sandbox", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("bootstrapped", v1.RestartPolicyAlways, map[string]string{
			"certs": `{"before":[{"container":"app","condition":"Succeeded"}]}`,
			"warm":  sidecar,
		}, actor.New("certs", restartsOnFailure), actor.New("app", actor.WithReadiness), actor.New("warm", restartsOnFailure)))
		stage.WaitFor(ctx, "certs start", "warm start")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("certs", "warm"), haveUnready("[certs app warm]", "[app certs warm]", "[app]",
			"[certs app]")), "the app waits")
		stage.Finish("certs", 0)
		stage.Finish("warm", 0)
		stage.WaitFor(ctx, "app start")
		expectPod(ctx, f, pod, gomega.And(actor.HaveExited("certs", 0), actor.HaveExited("warm", 0), haveUnready("[app]"),
			gomega.Not(beReady())), "only the app keeps the pod from being Ready")
		stage.Cue("app.ready")
		isReady := gomega.And(actor.HaveExited("certs", 0), actor.HaveExited("warm", 0), actor.HaveRunning("app"), beReady(),
			haveContainersReady(v1.ConditionTrue))
		before := expectPod(ctx, f, pod, isReady, "the pod is Ready")
		gomega.Expect(printedStatus(before)).To(gomega.Equal("1/3 Running"), "what kubectl get pods prints")

		ginkgo.By("Letting a probe change the conditions")
		stage.Withdraw("app.ready")
		expectPod(ctx, f, pod, haveUnready("[app]"), "the app is unready")
		stage.Cue("app.ready")
		expectPod(ctx, f, pod, isReady, "the pod is Ready again")

		// The kubelet can notice that the app is no longer ready only by looking at the pod.
		killKubelet(ctx, func() { stage.Withdraw("app.ready") })
		expectPod(ctx, f, pod, haveUnready("[app]"), "the new kubelet looks at the pod")
		stage.Cue("app.ready")
		expectPod(ctx, f, pod, gomega.And(isReady, haveNoRestarts()), "the pod is Ready after a restart of the kubelet")

		ginkgo.By("Taking the sandbox away, as a reboot does")
		stopSandboxesOf(ctx, pod)
		// The kubelet may see the end of the app first, and try to start it in the sandbox that is gone.
		expectPod(ctx, f, pod, gomega.And(isReady, gomega.WithTransform(func(pod *v1.Pod) int32 {
			return actor.StatusOf(pod, "app").RestartCount
		}, gomega.BeNumerically(">=", 1))), "the pod is Ready in a new sandbox")
		gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenOnce("certs start", "warm start"), actor.HappenAgain("app start")))
	})
})

// restartsOnFailure sets the container's own restart policy to OnFailure.
func restartsOnFailure(c *v1.Container) { c.RestartPolicy = ptr.To(v1.ContainerRestartPolicyOnFailure) }

// haveUnready matches a pod that is not Ready because of one of these lists of containers.
func haveUnready(lists ...string) types.GomegaMatcher {
	var messages []types.GomegaMatcher
	for _, list := range lists {
		messages = append(messages, gomega.Equal("containers with unready status: "+list))
	}
	return gomega.WithTransform(func(pod *v1.Pod) string {
		if _, condition := podutil.GetPodCondition(&pod.Status, v1.PodReady); condition != nil {
			return condition.Message
		}
		return ""
	}, gomega.Or(messages...))
}

func haveContainersReady(status v1.ConditionStatus) types.GomegaMatcher {
	return gomega.WithTransform(func(pod *v1.Pod) v1.ConditionStatus {
		if _, condition := podutil.GetPodCondition(&pod.Status, v1.ContainersReady); condition != nil {
			return condition.Status
		}
		return ""
	}, gomega.Equal(status))
}
