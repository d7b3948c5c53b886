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

// Injectors that know no name.
var _ = SIGDescribe("Container Dependencies by type", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-by-type")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	waitsFor := func(container, message string) gomega.OmegaMatcher {
		return actor.HaveWaiting(container, events.WaitingForDependencies, gomega.ContainSubstring(message))
	}

	ginkgo.It("should start one before all others, one after the apps, and one that holds up nobody", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("injected", v1.RestartPolicyAlways, map[string]string{
			"metrics":   `{"type":"Sidecar","before":[{"type":"Sidecar"}]}`,
			"proxy":     `{"type":"Sidecar"}`,
			"discovery": `{"type":"Sidecar","dependsOn":[{"type":"Standard"}]}`,
			"shipper":   `{"type":"Sidecar","before":[{"type":"Standard","condition":"None"}]}`,
		}, actor.New("app", actor.WithReadiness), actor.New("discovery"), actor.New("shipper", actor.WithReadiness),
			actor.New("proxy", actor.WithReadiness), actor.New("metrics", actor.WithReadiness)))

		stage.WaitFor(ctx, "metrics start")
		expectPod(ctx, f, pod, gomega.And(
			actor.HaveRunning("metrics"),
			waitsFor("proxy", `"metrics" to be Ready`), waitsFor("shipper", `"metrics" to be Ready`), waitsFor("app", `"metrics" to be Ready`),
			waitsFor("discovery", `"app" to be Ready`),
		), "all wait for the first")
		stage.Cue("metrics.ready")
		stage.WaitFor(ctx, "proxy start", "shipper start")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("metrics", "proxy", "shipper"), actor.HaveWaiting("app",
			events.WaitingForDependencies, gomega.And(gomega.ContainSubstring(`"proxy" to be Ready`),
				gomega.Not(gomega.ContainSubstring("shipper"))))), "the app waits for the proxy, and not for the log shipper")
		stage.Cue("proxy.ready")
		stage.WaitFor(ctx, "app start")
		expectPod(ctx, f, pod, waitsFor("discovery", `waiting for "app" to be Ready`), "the pod is not registered yet")
		stage.Cue("app.ready")
		expectPod(ctx, f, pod, actor.HaveRunning("metrics", "proxy", "shipper", "app", "discovery"), "all run")
		stage.WaitFor(ctx, "discovery start")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("metrics ready", "proxy start", "proxy ready", "app start", "app ready", "discovery start"),
			actor.HappenInOrder("metrics ready", "shipper start"),
			actor.NotHappen("shipper ready")))

		deletePod(ctx, f, pod)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("discovery term", "discovery exit", "app term", "app exit", "proxy term", "proxy exit", "metrics term"),
			actor.HappenInOrder("app exit", "shipper term", "shipper exit", "metrics term")))
	})
})
