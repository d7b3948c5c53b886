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

var _ = SIGDescribe("Container Dependencies without an API server", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-api-server")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.It("should go on with a start and with a completion", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("alone", v1.RestartPolicyOnFailure, map[string]string{
			"proxy": `{"type":"Sidecar","dependsOn":[{"container":"certs"}]}`, "certs": sidecar,
		}, actor.New("app"), actor.New("proxy", actor.WithReadiness, actor.AlwaysRestarted),
			actor.New("certs", actor.WithReadiness, actor.AlwaysRestarted)))
		stage.WaitFor(ctx, "certs start")
		expectPod(ctx, f, pod, actor.HaveWaiting("proxy", events.WaitingForDependencies, gomega.ContainSubstring(`"certs" to be Ready`)),
			"the Sidecar waits")
		freezeAPIServer(ctx, func() {
			stage.Cue("certs.ready")
			stage.WaitFor(ctx, "proxy start")
			stage.Cue("proxy.ready")
			stage.WaitFor(ctx, "app start")
			stage.Finish("app", 0)
			stage.WaitFor(ctx, "proxy exit", "certs exit")
		})
		expectPod(ctx, f, pod, gomega.And(havePhase(v1.PodSucceeded), haveNoRestarts(), actor.HaveExited("app", 0)), "the pod has completed")
		gomega.Expect(stage.Timeline()).To(actor.HappenOnceInOrder("certs start", "spec certs.ready", "proxy start", "spec proxy.ready",
			"app start", "app exit", "proxy term", "proxy exit", "certs term", "certs exit"))
	})
})
