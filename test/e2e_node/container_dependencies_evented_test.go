// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies under EventedPLEG", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-evented")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.Context("with the gate on", func() {
		tempSetCurrentKubeletConfig(f, func(_ context.Context, config *kubeletconfig.KubeletConfiguration) {
			if config.FeatureGates == nil {
				config.FeatureGates = map[string]bool{}
			}
			config.FeatureGates[string(features.EventedPLEG)] = true
		})

		ginkgo.It("should start a chain and complete", func(ctx context.Context) {
			stage := actor.NewStage()
			pod := actorPod("evented", v1.RestartPolicyOnFailure, map[string]string{
				"proxy": sidecar,
				"app":   `{"dependsOn":[{"container":"setup","condition":"Succeeded"}]}`,
			}, actor.New("app"), actor.New("setup"), actor.New("proxy", actor.WithReadiness))
			pod.Spec.InitContainers = []v1.Container{actor.New("init")}
			pod = createOnStage(ctx, f, stage, pod)
			stage.WaitFor(ctx, "init start")
			stage.Finish("init", 0)
			stage.WaitFor(ctx, "proxy start")
			stage.Cue("proxy.ready")
			stage.WaitFor(ctx, "setup start")
			stage.Finish("setup", 0)
			stage.WaitFor(ctx, "app start")
			expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), actor.HaveExited("setup", 0)), "the pod runs")
			stage.Finish("app", 0)
			expectPod(ctx, f, pod, gomega.And(havePhase(v1.PodSucceeded), actor.HaveExited("proxy", 143), haveNoRestarts()), "the pod completes")
			gomega.Expect(stage.Timeline()).To(actor.HappenOnceInOrder(
				"init start", "init exit", "proxy start", "proxy ready", "setup start", "setup exit", "app start", "app exit", "proxy term"))
		})
	})
})
