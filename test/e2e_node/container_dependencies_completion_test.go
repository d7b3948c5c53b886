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

var _ = SIGDescribe("Container Dependencies completion", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-completion")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.DescribeTable("should stop the Sidecars when the app has exited, and let the app alone decide the phase",
		func(ctx context.Context, policy v1.RestartPolicy, code int, phase v1.PodPhase) {
			stage := newDependencyStage()
			pod := stage.create(ctx, f, actorPod("job", policy, map[string]string{
				"proxy": `{"type":"Sidecar","dependsOn":[{"container":"certs"}]}`,
				"certs": sidecar,
			}, actor("proxy", withMark, withHeldStop), actor("app"), actor("certs", withMark, withHeldStop)))
			history := recordPod(ctx, f, pod)

			stage.waitFor(ctx, "app start")
			expectPod(ctx, f, pod, gomega.And(haveRunning("app", "proxy", "certs"), havePhase(v1.PodRunning)), "the pod runs")
			stage.waitFor(ctx, "app start")
			stage.finish("app", code)
			stage.waitFor(ctx, "proxy term")
			expectPod(ctx, f, pod, gomega.And(haveExited("app", int32(code)), haveRunning("proxy", "certs"), havePhase(v1.PodRunning)),
				"the pod runs as long as a Sidecar is stopping")
			stage.cue("proxy.stopped")
			stage.waitFor(ctx, "certs term")
			stage.cue("certs.stopped")

			expectPod(ctx, f, pod, gomega.And(
				havePhase(phase),
				haveExited("app", int32(code)),
				haveExited("proxy", 143),
				haveExited("certs", 143),
				haveNoRestarts(),
			), "the pod ends")
			said := expectEvents(ctx, f, pod, "", events.SidecarsNotRestarted, 1)
			gomega.Expect(said[0].Message).To(gomega.And(gomega.ContainSubstring(`"proxy", "certs"`), gomega.ContainSubstring("restartPolicy: Always")))
			gomega.Expect(terminalWhileRunning(history.all())).To(gomega.Succeed())
			gomega.Expect(stage.timeline()).To(gomega.And(
				happenInOrder("certs start", "proxy start", "app start", "app exit", "proxy term", "proxy exit", "certs term", "certs exit"),
				happenOnce("certs start", "proxy start", "app start")))
		},
		ginkgo.Entry("under policy Never", v1.RestartPolicyNever, 0, v1.PodSucceeded),
		ginkgo.Entry("under policy OnFailure", v1.RestartPolicyOnFailure, 0, v1.PodSucceeded),
		ginkgo.Entry("under policy Never, when the app fails", v1.RestartPolicyNever, 3, v1.PodFailed),
	)
})
