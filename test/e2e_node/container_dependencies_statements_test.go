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

var _ = SIGDescribe("Container Dependencies statements", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-statements")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	waitsFor := func(container string, message gomega.OmegaMatcher) gomega.OmegaMatcher {
		return actor.HaveWaiting(container, events.WaitingForDependencies, message)
	}

	ginkgo.It("should count in the order of their strength", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("strengths", v1.RestartPolicyAlways, map[string]string{
			// What the dependent says of itself counts, whatever the other says: the readiness of the proxy does not matter to the app.
			"app":   `{"dependsOn":[{"container":"proxy","condition":"Started"}]}`,
			"proxy": `{"type":"Sidecar","before":[{"container":"app"}]}`,
			// What is named counts more than the type, which counts more than being a Sidecar: the log holds up web, and not the app.
			"log": `{"type":"Sidecar","before":[{"container":"web","condition":"Started"},{"type":"Standard","condition":"None"}]}`,
		}, actor.New("app"), actor.New("web"), actor.New("proxy", actor.WithStartup, actor.WithReadiness),
			actor.New("log", actor.WithStartup, actor.WithReadiness)))

		stage.WaitFor(ctx, "proxy start", "log start")
		expectPod(ctx, f, pod, gomega.And(
			waitsFor("app", gomega.And(gomega.ContainSubstring(`waiting for "proxy" to be Started (`),
				gomega.Not(gomega.ContainSubstring(`"log"`)))),
			waitsFor("web", gomega.And(gomega.ContainSubstring(`"log" to be Started (`), gomega.ContainSubstring(`"proxy" to be Ready (`))),
		), "the apps say for what they wait")
		stage.Cue("proxy.startup")
		stage.WaitFor(ctx, "app start")
		expectPod(ctx, f, pod, waitsFor("web", gomega.ContainSubstring(`"log" to be Started (`)), "the other app still waits")
		stage.Cue("proxy.ready")
		stage.WaitFor(ctx, "proxy ready")
		expectPod(ctx, f, pod, waitsFor("web", gomega.ContainSubstring(`waiting for "log" to be Started (`)), "the other app waits for the log")
		stage.Cue("log.startup")
		stage.WaitFor(ctx, "web start")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("proxy startup", "app start", "proxy ready", "log startup", "web start"),
			actor.NotHappen("log ready")))
	})

	ginkgo.It("should let two that are both before all Sidecars start together", func(ctx context.Context) {
		stage := actor.NewStage()
		first := `{"type":"Sidecar","before":[{"type":"Sidecar"}]}`
		pod := createOnStage(ctx, f, stage, actorPod("two-first", v1.RestartPolicyAlways,
			map[string]string{"metrics": first, "vault": first, "proxy": sidecar},
			actor.New("app"), actor.New("proxy"), actor.New("metrics", actor.WithReadiness), actor.New("vault", actor.WithReadiness)))

		ginkgo.By("Waiting for both, neither of which is ready")
		stage.WaitFor(ctx, "metrics start", "vault start")
		for _, container := range []string{"proxy", "app"} {
			expectPod(ctx, f, pod, waitsFor(container, gomega.And(gomega.ContainSubstring(`"metrics" to be Ready`),
				gomega.ContainSubstring(`"vault" to be Ready`))), "the others wait for both")
		}
		stage.Cue("vault.ready")
		stage.Cue("metrics.ready")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy", "metrics", "vault"), beReady()), "all start")
		stage.WaitFor(ctx, "proxy start", "app start")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("vault ready", "proxy start"), actor.HappenInOrder("metrics ready", "proxy start"),
			actor.HappenOnce("metrics start", "vault start", "proxy start", "app start")))
	})
})
