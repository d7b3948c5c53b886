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

var _ = SIGDescribe("Container Dependencies across restarts of the container runtime", framework.WithFeatureGate(features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-runtime-restart")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should go on with a start", func(ctx context.Context) {
		stage := newDependencyStage()
		pod := stage.create(ctx, f, actorPod("starting", v1.RestartPolicyAlways,
			map[string]string{"proxy": `{"type":"Sidecar","dependsOn":[{"container":"certs"}]}`, "certs": sidecar},
			actor("app"), actor("proxy", withReadiness), actor("certs", withMark)))
		stage.waitFor(ctx, "proxy start")
		expectPod(ctx, f, pod, haveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"proxy" to be Ready`)), "the app waits")

		restartContainerd(ctx)
		stage.cue("proxy.ready")
		expectPod(ctx, f, pod, gomega.And(haveRunning("app", "proxy", "certs"), beReady(), haveNoRestarts()), "the start goes on")
		stage.waitFor(ctx, "app start")
		deletePod(ctx, f, pod)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.timeline()).To(gomega.And(
			happenInOrder("certs start", "proxy start", "spec proxy.ready", "proxy ready", "app start", "app term", "app exit", "proxy term", "proxy exit", "certs term"),
			happenOnce("certs start", "proxy start", "app start")))
	})
})
