// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"

	"github.com/onsi/ginkgo/v2"

	v1 "k8s.io/api/core/v1"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies mission", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-mission")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should start the metrics forwarder first and service discovery last, and stop them in reverse", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, missionPod(v1.RestartPolicyAlways))
		expectMissionStart(ctx, f, stage, pod)
		expectAgentRestart(ctx, f, stage, pod)
		deletePod(ctx, f, pod)
		expectMissionStop(ctx, f, stage, pod)
	})

	ginkgo.It("should let the apps of a Job complete, and stop the agents in order", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, missionPod(v1.RestartPolicyOnFailure))
		expectMissionStart(ctx, f, stage, pod)
		expectAgentRestart(ctx, f, stage, pod)
		expectMissionCompletion(ctx, f, stage, pod)
	})
})
