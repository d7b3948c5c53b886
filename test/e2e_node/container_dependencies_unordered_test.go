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

var _ = SIGDescribe("Container Dependencies unused", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-unused")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should leave a pod without an order as it is", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("unordered", v1.RestartPolicyAlways, nil,
			actor.New("one", actor.WithReadiness, actor.WithPostStart, actor.WithHeldStop), actor.New("two", actor.WithHeldStop)))

		ginkgo.By("Expecting the containers to start one after another, without waiting for readiness")
		stage.WaitFor(ctx, "one poststart")
		gomega.Expect(stage.Timeline()).To(actor.NotHappen("two start"))
		stage.Cue("one.poststart")
		pod = expectPod(ctx, f, pod, actor.HaveRunning("one", "two"), "both run")
		stage.WaitFor(ctx, "two start")
		gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenInOrder("one start", "one poststart-done", "two start"),
			actor.NotHappen("one ready")))

		ginkgo.By("Expecting them to stop at the same time")
		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "one term", "two term")
		gomega.Expect(stage.Timeline()).To(actor.NotHappen("one exit", "two exit"))
		stage.Cue("one.stopped")
		stage.Cue("two.stopped")
		waitForPodGone(ctx, f, pod)
		for _, reason := range []string{
			events.WaitingForDependencies, events.DependenciesSatisfied, events.DependencyFailed, events.InvalidContainerLifecycle,
		} {
			expectEvents(ctx, f, pod, "", reason, 0)
		}
	})
})
