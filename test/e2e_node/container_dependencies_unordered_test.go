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

var _ = SIGDescribe("Container Dependencies unused", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-unused")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should leave a pod without an order as it is", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("unordered", v1.RestartPolicyAlways, nil,
			actor("one", withReadiness, withPostStart, withHeldStop), actor("two", withHeldStop)))

		ginkgo.By("Seeing the containers start one after another, readiness aside")
		stage.waitFor(ctx, "one poststart")
		gomega.Expect(stage.timeline()).To(notHappen("two start"))
		stage.cue("one.poststart")
		pod = expectPod(ctx, f, pod, haveRunning("one", "two"), "both run")
		gomega.Expect(stage.timeline()).To(gomega.And(happenInOrder("one start", "one poststart-done", "two start"), notHappen("one ready")))

		ginkgo.By("Seeing them stop at the same time")
		deletePod(ctx, f, pod)
		stage.waitFor(ctx, "one term", "two term")
		gomega.Expect(stage.timeline()).To(notHappen("one exit", "two exit"))
		stage.cue("one.stopped")
		stage.cue("two.stopped")
		waitForPodGone(ctx, f, pod)
		for _, reason := range []string{events.WaitingForDependencies, events.DependenciesSatisfied, events.DependencyFailed, events.InvalidContainerLifecycle} {
			expectEvents(ctx, f, pod, "", reason, 0)
		}
	})
})
