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

var _ = SIGDescribe("Container Dependencies across restarts of the container runtime", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-runtime-restart")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should go on with a start", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("starting", v1.RestartPolicyAlways,
			map[string]string{"proxy": `{"type":"Sidecar","dependsOn":[{"container":"certs"}]}`, "certs": sidecar},
			actor.New("app"), actor.New("proxy", actor.WithReadiness), actor.New("certs", actor.WithMark)))
		stage.WaitFor(ctx, "proxy start")
		expectPod(ctx, f, pod, actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"proxy" to be Ready`)),
			"the app waits")

		restartContainerd(ctx)
		stage.Cue("proxy.ready")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "certs"), beReady(), haveNoRestarts()), "the start goes on")
		stage.WaitFor(ctx, "app start")
		deletePod(ctx, f, pod)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("certs start", "proxy start", "spec proxy.ready", "proxy ready", "app start", "app term", "app exit", "proxy term",
				"proxy exit", "certs term"),
			actor.HappenOnce("certs start", "proxy start", "app start")))
	})
})
