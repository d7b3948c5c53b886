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
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies stop status", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-stop-status")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should say who waits for whom while a pod stops, and who was killed for want of time", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := actorPod("stopping", v1.RestartPolicyNever,
			map[string]string{"proxy": `{"type":"Sidecar","dependsOn":[{"container":"certs"}]}`, "certs": sidecar},
			actor.New("app", actor.WithHeldStop), actor.New("proxy", actor.NeverRestarted, actor.WithHeldStop),
			actor.New("certs", actor.NeverRestarted, actor.WithHeldStop))
		pod.Spec.ActiveDeadlineSeconds = ptr.To[int64](6)
		pod.Spec.TerminationGracePeriodSeconds = ptr.To[int64](10)
		pod = createOnStage(ctx, f, stage, pod)
		stage.WaitFor(ctx, "app term")
		expectPod(ctx, f, pod, haveStopMessage(`stopping "app"; "proxy" waits for "app"; "certs" waits for "app", "proxy"`),
			"the first stage is shown")
		stage.Cue("app.stopped")
		expectPod(ctx, f, pod, gomega.And(haveStopMessage(`stopping "proxy"; "certs" waits for "proxy"`), haveEndedFor("app", 143, "Error"),
			actor.HaveRunning("proxy", "certs")),
			"the second stage is shown")
		expectPod(ctx, f, pod, gomega.And(haveEndedFor("app", 143, "Error"),
			haveEndedFor("proxy", 137, events.ExceededStopLimit), haveEndedFor("certs", 137, events.ExceededStopLimit)),
			"the reason of the kills is shown")
	})
})

// haveStopMessage matches a pod whose condition ContainersReady has a message with that text.
func haveStopMessage(text string) types.GomegaMatcher {
	return gomega.WithTransform(func(pod *v1.Pod) string {
		if _, condition := podutil.GetPodCondition(&pod.Status, v1.ContainersReady); condition != nil {
			return condition.Message
		}
		return ""
	}, gomega.ContainSubstring(text))
}

// haveEndedFor matches a pod whose container has exited with that code and that reason.
func haveEndedFor(container string, code int32, reason string) types.GomegaMatcher {
	return gomega.And(actor.HaveExited(container, code), gomega.WithTransform(func(pod *v1.Pod) string {
		if terminated := actor.StatusOf(pod, container).State.Terminated; terminated != nil {
			return terminated.Reason
		}
		return ""
	}, gomega.Equal(reason)))
}
