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

var _ = SIGDescribe("Container Dependencies deletion", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-deletion")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.DescribeTable("should start nothing in a pod that is deleted while its containers wait",
		func(ctx context.Context, policy v1.RestartPolicy) {
			stage := actor.NewStage()
			pod := createOnStage(ctx, f, stage, actorPod("deleted", policy, map[string]string{
				"proxy": sidecar,
				"last":  `{"dependsOn":[{"container":"app","condition":"Started"}]}`,
			}, actor.New("app"), actor.New("last"), actor.New("proxy", actor.WithReadiness, actor.WithHeldStop)))
			history := recordPod(ctx, f, pod)
			waiting := gomega.And(
				actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"proxy" to be Ready`)),
				actor.HaveWaiting("last", events.WaitingForDependencies, gomega.ContainSubstring(`"app" to be Started`)))
			stage.WaitFor(ctx, "proxy start")
			expectPod(ctx, f, pod, waiting, "the containers wait")

			deletePod(ctx, f, pod)
			stage.WaitFor(ctx, "proxy term")
			ginkgo.By("Satisfying the condition too late")
			stage.Cue("proxy.ready")
			stage.Cue("proxy.stopped")
			states := history.untilGone(ctx)
			gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenInOrder("proxy start", "proxy term", "proxy exit"),
				actor.NotHappen("app start", "last start")))
			gomega.Expect(states[len(states)-1]).To(gomega.And(actor.HaveExited("proxy", 143), waiting), "the last status of the pod")
			gomega.Expect(states).NotTo(gomega.ContainElement(gomega.Or(actor.HaveExited("app", 137), actor.HaveExited("last", 137))),
				"containers that never started have no exit code")
		},
		ginkgo.Entry("under policy Always", v1.RestartPolicyAlways),
		ginkgo.Entry("under policy Never", v1.RestartPolicyNever),
	)
})
