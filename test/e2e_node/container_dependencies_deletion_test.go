// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"slices"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	admissionapi "k8s.io/pod-security-admission/api"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	e2eskipper "k8s.io/kubernetes/test/e2e/framework/skipper"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies deletion", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-deletion")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.DescribeTable("should start nothing in a pod that is deleted while its containers wait",
		func(ctx context.Context, policy v1.RestartPolicy) {
			stage := actor.NewStage()
			// Without one of its own, a Sidecar under policy Never is invalid.
			own := func(c *v1.Container) { c.RestartPolicy = ptr.To(v1.ContainerRestartPolicy(policy)) }
			pod := createOnStage(ctx, f, stage, actorPod("deleted", policy, map[string]string{
				"proxy": sidecar,
				"last":  `{"dependsOn":[{"container":"app","condition":"Started"}]}`,
			}, actor.New("app"), actor.New("last"), actor.New("proxy", own, actor.WithReadiness, actor.WithHeldStop)))
			history := recordPod(ctx, f, pod)
			waiting := gomega.And(
				actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"proxy" to be Ready`)),
				actor.HaveWaiting("last", events.WaitingForDependencies, gomega.ContainSubstring(`"app" to be Started`)))
			stage.WaitFor(ctx, "proxy start")
			expectPod(ctx, f, pod, waiting, "the containers wait")

			deletePod(ctx, f, pod)
			stage.WaitFor(ctx, "proxy term")
			ginkgo.By("Satisfying the condition too late")
			stage.Cue("proxy.ready")
			stage.Cue("proxy.stopped")
			states := history.untilGone(ctx)
			gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenInOrder("proxy start", "proxy term", "proxy exit"),
				actor.NotHappen("app start", "last start")))
			gomega.Expect(states[len(states)-1]).To(gomega.And(actor.HaveExited("proxy", 143), waiting), "the last status of the pod")
			gomega.Expect(states).NotTo(gomega.ContainElement(gomega.Or(actor.HaveExited("app", 137), actor.HaveExited("last", 137))),
				"containers that never started have no exit code")
		},
		ginkgo.Entry("under policy Always", v1.RestartPolicyAlways),
		ginkgo.Entry("under policy Never", v1.RestartPolicyNever),
	)

	ginkgo.It("should cut off a postStart hook without a trace", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("hooked", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor.New("app", actor.WithPostStart, actor.WithPreStop), actor.New("proxy")))
		stage.WaitFor(ctx, "app poststart")
		deletePod(ctx, f, pod)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenOnceInOrder("app start", "app prestop", "app prestop-done", "app term", "app exit", "proxy term", "proxy exit"),
			actor.NotHappen("app poststart-done")))
		expectEvents(ctx, f, pod, "app", events.KillingContainer, 1)
		expectEvents(ctx, f, pod, "proxy", events.KillingContainer, 1)
		expectEvents(ctx, f, pod, "app", events.FailedPostStartHook, 0)
		expectEvents(ctx, f, pod, "app", events.FailedPreStopHook, 0)
	})

	ginkgo.It("should not wait for the pull of an image", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("pulling", v1.RestartPolicyAlways, map[string]string{"other": `{"stopTimeoutSeconds":20}`},
			actor.New("app", withImage(slowImage("90s"))), actor.New("other")))
		stage.WaitFor(ctx, "other start")
		expectEvents(ctx, f, pod, "app", events.PullingImage, 1)
		deletePod(ctx, f, pod)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("other start", "other term", "other exit"), actor.NotHappen("app start")))
		expectEvents(ctx, f, pod, "other", events.KillingContainer, 1)
		expectEvents(ctx, f, pod, "app", events.PulledImage, 0)
		expectEvents(ctx, f, pod, "app", events.FailedToPullImage, 0)
	})

	ginkgo.It("should stop in order what the runtime is still starting", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := actorPod("starting", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor.New("app", actor.WithPreStop), actor.New("proxy"))
		pod.Spec.RuntimeClassName = slowStartClass(ctx, f)
		pod = createOnStage(ctx, f, stage, pod)
		stage.WaitFor(ctx, "app start")
		expectEvents(ctx, f, pod, "app", events.StartedContainer, 0)
		deletePod(ctx, f, pod)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(
			actor.HappenOnceInOrder("app start", "app prestop", "app prestop-done", "app term", "app exit", "proxy term", "proxy exit"))
		expectEvents(ctx, f, pod, "app", events.StartedContainer, 1)
	})
})

// slowStartClass creates a runtime class of the test node's handler that says only after some seconds that it has started a container.
func slowStartClass(ctx context.Context, f *framework.Framework) *string {
	ginkgo.GinkgoHelper()
	const handler = "slow-start"
	node := getLocalNode(ctx, f)
	if !slices.ContainsFunc(node.Status.RuntimeHandlers, func(h v1.NodeRuntimeHandler) bool { return h.Name == handler }) {
		e2eskipper.Skipf("this node has no runtime handler %q", handler)
	}
	class := &nodev1.RuntimeClass{ObjectMeta: metav1.ObjectMeta{Name: f.Namespace.Name}, Handler: handler}
	class, err := f.ClientSet.NodeV1().RuntimeClasses().Create(ctx, class, metav1.CreateOptions{})
	framework.ExpectNoError(err, "create a runtime class")
	ginkgo.DeferCleanup(f.ClientSet.NodeV1().RuntimeClasses().Delete, class.Name, metav1.DeleteOptions{})
	return &class.Name
}
