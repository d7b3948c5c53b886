// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"

	"github.com/onsi/ginkgo/v2"

	v1 "k8s.io/api/core/v1"
	admissionapi "k8s.io/pod-security-admission/api"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies mission without privileges", framework.WithFeatureGate(
	features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-unprivileged")
	// The pod mounts a directory of the node to tell the spec what it does; it needs nothing else that a stricter level forbids.
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	// play runs the pod, confined and changed, to its end.
	play := func(ctx context.Context, policy v1.RestartPolicy, change func(*v1.PodSpec)) {
		stage := actor.NewStage()
		pod := missionPod(policy)
		actor.Confine(&pod.Spec)
		change(&pod.Spec)
		pod = createOnStage(ctx, f, stage, pod)
		expectMissionStart(ctx, f, stage, pod)
		expectConfined(f, pod)
		expectAgentRestart(ctx, f, stage, pod)
		if policy != v1.RestartPolicyAlways {
			expectMissionCompletion(ctx, f, stage, pod)
			return
		}
		deletePod(ctx, f, pod)
		expectMissionStop(ctx, f, stage, pod)
	}
	for _, policy := range []v1.RestartPolicy{v1.RestartPolicyAlways, v1.RestartPolicyOnFailure} {
		ginkgo.Context("under restart policy "+string(policy), func() {
			ginkgo.It("should keep the order of containers without root, capabilities and a writable root", func(ctx context.Context) {
				play(ctx, policy, func(*v1.PodSpec) {})
			})

			ginkgo.It("should keep the order of containers in a user namespace", func(ctx context.Context) {
				needUserNamespaces(ctx, f)
				play(ctx, policy, func(pod *v1.PodSpec) { pod.HostUsers = ptr.To(false) })
			})

			ginkgo.It("should keep the order of containers under AppArmor", func(ctx context.Context) {
				needAppArmor()
				play(ctx, policy, func(pod *v1.PodSpec) {
					pod.SecurityContext.AppArmorProfile = &v1.AppArmorProfile{Type: v1.AppArmorProfileTypeRuntimeDefault}
				})
			})
		})
	}
})
