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

var _ = SIGDescribe("Container Dependencies deletion", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-deletion")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.DescribeTable("should start nothing in a pod that is deleted while its containers wait",
		func(ctx context.Context, policy v1.RestartPolicy) {
			stage := newDependencyStage()
			pod := stage.create(ctx, f, actorPod("deleted", policy, map[string]string{
				"proxy": sidecar,
				"last":  `{"dependsOn":[{"container":"app","condition":"Started"}]}`,
			}, actor("app"), actor("last"), actor("proxy", withReadiness, withHeldStop)))
			history := recordPod(ctx, f, pod)
			waiting := gomega.And(
				haveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"proxy" to be Ready`)),
				haveWaiting("last", events.WaitingForDependencies, gomega.ContainSubstring(`"app" to be Started`)))
			stage.waitFor(ctx, "proxy start")
			expectPod(ctx, f, pod, waiting, "the containers wait")

			deletePod(ctx, f, pod)
			stage.waitFor(ctx, "proxy term")
			ginkgo.By("Letting the condition come true when it is too late")
			stage.cue("proxy.ready")
			stage.cue("proxy.stopped")
			states := history.untilGone(ctx)
			gomega.Expect(stage.timeline()).To(gomega.And(happenInOrder("proxy start", "proxy term", "proxy exit"), notHappen("app start", "last start")))
			gomega.Expect(states[len(states)-1]).To(gomega.And(haveExited("proxy", 143), waiting), "the last status of the pod")
			gomega.Expect(states).NotTo(gomega.ContainElement(gomega.Or(haveExited("app", 137), haveExited("last", 137))), "what never started has not exited")
		},
		ginkgo.Entry("under policy Always", v1.RestartPolicyAlways),
		ginkgo.Entry("under policy Never", v1.RestartPolicyNever),
	)
})
