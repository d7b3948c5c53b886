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
	e2epod "k8s.io/kubernetes/test/e2e/framework/pod"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies ephemeral containers", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-ephemeral")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should start and be told to stop at once, and hold up nobody", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("debugged", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor.New("app", actor.WithHeldStop), actor.New("proxy", actor.WithReadiness)))
		stage.WaitFor(ctx, "proxy start")
		waits := actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"proxy" to be Ready`))
		pod = expectPod(ctx, f, pod, waits, "the app waits")

		debug := &v1.EphemeralContainer{EphemeralContainerCommon: v1.EphemeralContainerCommon(actor.New("debug", actor.WithHeldStop))}
		err := e2epod.NewPodClient(f).AddEphemeralContainerSync(ctx, pod, debug, dependencyTimeout)
		framework.ExpectNoError(err, "add an ephemeral container to pod %q", pod.Name)
		stage.WaitFor(ctx, "debug start")
		expectPod(ctx, f, pod, waits, "the app still waits")
		stage.Cue("proxy.ready")
		stage.WaitFor(ctx, "app start")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), haveNoRestarts()), "the pod runs")

		deletePod(ctx, f, pod)
		stage.WaitFor(ctx, "app term", "debug term")
		gomega.Expect(stage.Timeline()).To(actor.NotHappen("proxy term"))
		stage.Cue("app.stopped")
		stage.WaitFor(ctx, "proxy exit")
		gomega.Expect(stage.Timeline()).To(actor.NotHappen("debug exit"))
		stage.Cue("debug.stopped")
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("debug start", "spec proxy.ready", "app start", "debug term", "spec app.stopped", "app exit", "proxy term",
				"proxy exit", "spec debug.stopped", "debug exit"),
			actor.HappenOnce("debug start", "debug term", "app start", "proxy start")))
	})
})
