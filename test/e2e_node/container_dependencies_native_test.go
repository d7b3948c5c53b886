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

var _ = SIGDescribe("Container Dependencies native sidecars", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-native")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should wait for a native sidecar to be Ready, and stop it after what waits for it", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := actorPod("native", v1.RestartPolicyAlways, map[string]string{"app": `{"dependsOn":[{"container":"mesh"}]}`},
			actor.New("app", actor.WithHeldStop), actor.New("other", actor.WithHeldStop))
		pod.Spec.InitContainers = []v1.Container{actor.New("mesh", actor.Native, actor.WithMark, actor.WithReadiness, actor.WithPreStop)}
		pod = createOnStage(ctx, f, stage, pod)

		expectPod(ctx, f, pod, gomega.And(
			actor.HaveRunning("mesh", "other"),
			actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`waiting for "mesh" to be Ready`)),
		), "the app waits for the native sidecar, and the other container does not")
		stage.Cue("mesh.ready")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("mesh", "other", "app"), beReady()), "the app starts")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("mesh start", "other start", "spec mesh.ready", "mesh ready", "app start"),
			actor.HappenOnce("mesh start", "other start", "app start")))

		ginkgo.By("Deleting the pod")
		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "app term", "other term", "mesh prestop-done")
		stage.Cue("app.stopped")
		stage.WaitFor(ctx, "app exit")
		stage.Cue("other.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("app exit", "spec other.stopped", "other exit", "mesh term", "mesh exit"),
			// As upstream runs it, because the native sidecar says nothing else.
			actor.HappenInOrder("mesh prestop", "spec other.stopped")))
	})
})
