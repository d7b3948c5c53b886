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

var _ = SIGDescribe("Container Dependencies completion", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-completion")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.DescribeTable("should stop the Sidecars when the app has exited, and let the app alone decide the phase",
		func(ctx context.Context, policy v1.RestartPolicy, code int, phase v1.PodPhase) {
			stage := actor.NewStage()
			warnings := 1
			own := func(*v1.Container) {}
			if policy == v1.RestartPolicyNever {
				// Without one of its own, a Sidecar is invalid.
				own, warnings = actor.NeverRestarted, 0
			}
			if *orderByField {
				// The API server gives a Sidecar its own policy.
				warnings = 0
			}
			pod := createOnStage(ctx, f, stage, actorPod("job", policy, map[string]string{
				"proxy": `{"type":"Sidecar","dependsOn":[{"container":"certs"}]}`,
				"certs": sidecar,
			}, actor.New("proxy", own, actor.WithMark, actor.WithHeldStop), actor.New("app"),
				actor.New("certs", own, actor.WithMark, actor.WithHeldStop)))
			history := recordPod(ctx, f, pod)

			stage.WaitFor(ctx, "app start")
			expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "certs"), havePhase(v1.PodRunning)), "the pod runs")
			stage.WaitFor(ctx, "app start")
			stage.Finish("app", code)
			stage.WaitFor(ctx, "proxy term")
			expectPod(ctx, f, pod, gomega.And(actor.HaveExited("app", int32(code)), actor.HaveRunning("proxy", "certs"), havePhase(v1.PodRunning)),
				"the pod runs while a Sidecar is stopping")
			stage.Cue("proxy.stopped")
			stage.WaitFor(ctx, "certs term")
			stage.Cue("certs.stopped")

			expectPod(ctx, f, pod, gomega.And(
				havePhase(phase),
				actor.HaveExited("app", int32(code)),
				actor.HaveExited("proxy", 143),
				actor.HaveExited("certs", 143),
				haveNoRestarts(),
			), "the pod completes")
			reason := "Completed"
			if code != 0 {
				reason = "Error"
			}
			expectPod(ctx, f, pod, gomega.And(haveEndedFor("app", int32(code), reason), haveEndedFor("proxy", 143, reason),
				haveEndedFor("certs", 143, reason)), "in a pod that has succeeded, stopped Sidecars are shown as Completed")
			for _, said := range expectEvents(ctx, f, pod, "", events.SidecarsNotRestarted, warnings) {
				gomega.Expect(said.Message).To(gomega.And(
					gomega.ContainSubstring(`"proxy", "certs"`), gomega.ContainSubstring("restartPolicy: Always")))
			}
			gomega.Expect(terminalWhileRunning(history.all())).To(gomega.Succeed())
			gomega.Expect(stage.Timeline()).To(gomega.And(
				actor.HappenInOrder("certs start", "proxy start", "app start", "app exit", "proxy term", "proxy exit", "certs term", "certs exit"),
				actor.HappenOnce("certs start", "proxy start", "app start")))
		},
		ginkgo.Entry("under policy Never", v1.RestartPolicyNever, 0, v1.PodSucceeded),
		ginkgo.Entry("under policy OnFailure", v1.RestartPolicyOnFailure, 0, v1.PodSucceeded),
		ginkgo.Entry("under policy Never, when the app fails", v1.RestartPolicyNever, 3, v1.PodFailed),
	)
})
