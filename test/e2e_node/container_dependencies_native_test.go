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

	ginkgo.DescribeTable("should let a native sidecar say what its injector says of a regular container",
		func(ctx context.Context, mesh string, otherWaits bool) {
			stage := actor.NewStage()
			pod := actorPod("typed", v1.RestartPolicyAlways, map[string]string{"mesh": mesh, "agent": sidecar},
				actor.New("app"), actor.New("other"), actor.New("agent"))
			pod.Spec.InitContainers = []v1.Container{actor.New("mesh", actor.Native, actor.WithMark, actor.WithReadiness)}
			pod = createOnStage(ctx, f, stage, pod)

			waits := actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"mesh" to be Ready (not ready`))
			running := []string{"mesh", "agent"}
			if otherWaits {
				waits = gomega.And(waits, actor.HaveWaiting("other", events.WaitingForDependencies,
					gomega.ContainSubstring(`"mesh" to be Ready (not ready`)))
			} else {
				running = append(running, "other")
			}
			expectPod(ctx, f, pod, gomega.And(actor.HaveRunning(running...), waits), "those that it serves wait until it is Ready")
			stage.Cue("mesh.ready")
			expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("mesh", "agent", "other", "app"), beReady(), haveNoRestarts()), "all start")
			stage.WaitFor(ctx, "app start", "other start")
			gomega.Expect(stage.Timeline()).To(gomega.And(
				actor.HappenInOrder("mesh start", "spec mesh.ready", "mesh ready", "app start"),
				actor.HappenOnce("mesh start", "agent start", "other start", "app start")))

			deletePod(ctx, f, pod)
			waitForPodGone(ctx, f, pod)
			gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenInOrder("app exit", "agent term", "agent exit", "mesh term"),
				actor.HappenInOrder("other exit", "mesh term")))
		},
		ginkgo.Entry("type Sidecar", `{"type":"Sidecar"}`, true),
		ginkgo.Entry("before by name", `{"before":[{"container":"app"},{"container":"absent"}]}`, false),
		ginkgo.Entry("before by type", `{"before":[{"type":"Standard"}]}`, true),
	)
})
