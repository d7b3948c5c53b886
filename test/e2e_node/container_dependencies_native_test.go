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

var _ = SIGDescribe("Container Dependencies native sidecars", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-native")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should wait for a native sidecar to be Ready, and stop it after what waits for it", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := actorPod("native", v1.RestartPolicyAlways, map[string]string{"app": `{"dependsOn":[{"container":"mesh"}]}`},
			actor("app", withHeldStop), actor("other", withHeldStop))
		pod.Spec.InitContainers = []v1.Container{actor("mesh", native, withMark, withReadiness, withPreStop)}
		pod = stage.create(ctx, f, pod)

		expectPod(ctx, f, pod, gomega.And(
			haveRunning("mesh", "other"),
			haveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`waiting for "mesh" to be Ready`)),
		), "the app waits for the native sidecar, the other container does not")
		stage.cue("mesh.ready")
		expectPod(ctx, f, pod, gomega.And(haveRunning("mesh", "other", "app"), beReady()), "the app starts")
		gomega.Expect(stage.timeline()).To(gomega.And(
			happenInOrder("mesh start", "other start", "spec mesh.ready", "mesh ready", "app start"),
			happenOnce("mesh start", "other start", "app start")))

		ginkgo.By("Deleting the pod")
		deletePod(ctx, f, pod)
		stage.waitFor(ctx, "app term", "other term")
		stage.cue("app.stopped")
		stage.waitFor(ctx, "app exit")
		stage.cue("other.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.timeline()).To(happenInOrder("app exit", "spec other.stopped", "other exit", "mesh prestop", "mesh term", "mesh exit"))
	})
})
