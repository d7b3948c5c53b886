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

var _ = SIGDescribe("Container Dependencies order of the list", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-list-order")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	// Another injector's annotation, which says nothing about the containers of these specs.
	order := map[string]string{"log": `{"before":[{"type":"Standard","condition":"None"}],"type":"Sidecar"}`}

	ginkgo.It("should start a container when the postStart hooks of those before it are done", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("hooked", v1.RestartPolicyAlways, order,
			actor.New("first"), actor.New("mesh", actor.WithPostStart), actor.New("app"), actor.New("log")))

		ginkgo.By("Letting the mesh hold those after it")
		stage.WaitFor(ctx, "first start", "mesh poststart")
		pod = expectPod(ctx, f, pod, gomega.And(
			actor.HaveRunning("first", "mesh"),
			actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`waiting for the postStart hook of "mesh"`)),
			actor.HaveWaiting("log", events.WaitingForDependencies, gomega.ContainSubstring(`waiting for the postStart hook of "mesh"`)),
		), "what follows in the list waits, what precedes does not")
		stage.Cue("mesh.poststart")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("first", "mesh", "app", "log"), beReady(), haveNoRestarts()), "all start")
		stage.WaitFor(ctx, "app start", "log start")
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("spec mesh.poststart", "mesh poststart-done", "app start"),
			actor.HappenInOrder("mesh poststart-done", "log start"),
			actor.HappenOnce("first start", "mesh start", "app start", "log start")))

		ginkgo.By("Deleting the pod: the list does not order its stop")
		deletePod(ctx, f, pod)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(actor.HappenInOrder("app exit", "log term"))
	})

	ginkgo.DescribeTable("should not wait for a start that has ended badly", func(ctx context.Context, bad func(*v1.Container)) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("bad", v1.RestartPolicyAlways, order,
			actor.New("mesh", bad), actor.New("app"), actor.New("log")))
		expectPod(ctx, f, pod, actor.HaveRunning("app", "log"), "those after it start")
		stage.WaitFor(ctx, "app start", "log start")
		gomega.Expect(stage.Timeline()).To(actor.HappenOnce("app start", "log start"))
		pod = expectPod(ctx, f, pod, gomega.Not(actor.HaveRunning("mesh")), "the first one fails again and again")
		expectEvents(ctx, f, pod, "app", events.WaitingForDependencies, 1)
		expectEvents(ctx, f, pod, "app", events.DependenciesSatisfied, 1)
	},
		ginkgo.Entry("because its hook fails", func(c *v1.Container) {
			c.Lifecycle = &v1.Lifecycle{PostStart: &v1.LifecycleHandler{Exec: &v1.ExecAction{Command: []string{"sh", "-c", "sleep 1; exit 1"}}}}
		}),
		ginkgo.Entry("because there is no such image", func(c *v1.Container) {
			actor.WithMark(c)
			c.Image = "localhost:1/no-such/image:1"
		}),
	)
})
