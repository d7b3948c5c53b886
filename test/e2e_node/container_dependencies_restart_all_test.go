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

var _ = SIGDescribe("Container Dependencies restart of all containers", framework.WithFeatureGate(features.ContainerDependencies),
	framework.WithFeatureGate(features.RestartAllContainersOnContainerExits), func() {
		f := framework.NewDefaultFramework("container-dependencies-restart-all")
		f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
		addAfterEachForCleaningUpPods(f)

		ginkgo.It("should start them in order again", func(ctx context.Context) {
			restartsAll := func(c *v1.Container) {
				actor.AlwaysRestarted(c)
				c.RestartPolicyRules = []v1.ContainerRestartRule{{
					Action:    v1.ContainerRestartRuleActionRestartAllContainers,
					ExitCodes: &v1.ContainerRestartRuleOnExitCodes{Operator: v1.ContainerRestartRuleOnExitCodesOpIn, Values: []int32{42}},
				}}
			}
			stage := actor.NewStage()
			pod := createOnStage(ctx, f, stage, actorPod("again", v1.RestartPolicyAlways,
				map[string]string{"proxy": sidecar, "app": `{"dependsOn":[{"container":"setup","condition":"Succeeded"}]}`},
				actor.New("app", restartsAll), actor.New("setup", restartsOnFailure), actor.New("proxy", actor.WithReadiness)))
			round := func() {
				ginkgo.GinkgoHelper()
				expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("proxy"), actor.HaveWaiting("app", events.WaitingForDependencies,
					gomega.ContainSubstring(`"proxy" to be Ready`))), "the app waits for the Sidecar")
				stage.Cue("proxy.ready")
				expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("setup"), actor.HaveWaiting("app", events.WaitingForDependencies,
					gomega.ContainSubstring(`"setup" to be Succeeded`))), "the app waits for what must succeed")
				stage.Finish("setup", 0)
				expectPod(ctx, f, pod, actor.HaveRunning("app", "proxy"), "the app runs")
			}
			round()
			stage.WaitFor(ctx, "app start")
			stage.Withdraw("proxy.ready")
			stage.Finish("app", 42)
			round()
			gomega.Eventually(ctx, stage.Timeline).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).
				Should(actor.HappenTimes(2, "proxy start", "setup start", "app start"))
			gomega.Expect(stage.Timeline()).To(actor.HappenExactly("proxy start", "spec proxy.ready", "setup start", "setup exit", "app start",
				"app exit", "proxy start", "spec proxy.ready", "setup start", "setup exit", "app start"))
		})
	})
