// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"slices"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies printed status", framework.WithFeatureGate(
	features.ContainerDependencies), framework.WithSerial(), framework.WithDisruptive(), func() {
	f := framework.NewDefaultFramework("container-dependencies-printed")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	// holdsUpNobody is the annotation of a Sidecar that the app does not wait for.
	const holdsUpNobody = `{"type":"Sidecar","before":[{"type":"Standard","condition":"None"}]}`
	order := map[string]string{"polite": sidecar, "rude": sidecar, "deaf": `{"type":"Sidecar","stopTimeoutSeconds":8}`,
		"absent": holdsUpNobody, "hungry": holdsUpNobody}
	app := func() v1.Container { return actor.New("app") }
	sidecars := func() []v1.Container {
		rude := actor.New("rude", actor.Native)
		rude.Command = actor.Command(`trap 'note term; exit 1' TERM; note start; while :; do sleep 0.1 & wait "$!"; done`)
		absent := actor.New("absent", actor.Native)
		absent.ImagePullPolicy = v1.PullNever
		absent.Image = "container-dependencies.test/no-such-image:1"
		hungry := actor.New("hungry", actor.Native)
		hungry.Command = actor.Command(`note start; sleep 1; tail /dev/zero`)
		hungry.Resources.Limits = v1.ResourceList{v1.ResourceMemory: resource.MustParse("20Mi")}
		return []v1.Container{actor.New("polite", actor.Native), rude, actor.New("deaf", actor.Native, actor.WithHeldStop), absent, hungry}
	}
	ends := gomega.And(havePhase(v1.PodSucceeded), actor.HaveExited("app", 0),
		haveEnded("polite", 143, "Completed", gomega.BeEmpty()),
		haveEnded("rude", 1, "Completed", gomega.BeEmpty()),
		haveEnded("deaf", 137, "Completed", gomega.And(gomega.ContainSubstring(events.ExceededStopLimit),
			gomega.ContainSubstring("did not stop within"))),
		haveEnded("hungry", 137, "Completed", gomega.ContainSubstring("OOMKilled")),
		actor.HaveWaiting("absent", "", gomega.And(gomega.ContainSubstring("not started"), gomega.ContainSubstring("ErrImageNeverPull"))))

	ginkgo.DescribeTable("should be Completed for a pod that has succeeded, however its Sidecars ended",
		func(ctx context.Context, name string, containers []v1.Container) {
			stage := actor.NewStage()
			pod := createOnStage(ctx, f, stage, actorPod(name, v1.RestartPolicyOnFailure, order, containers...))
			stage.WaitFor(ctx, "app start", "polite start", "rude start", "deaf start", "hungry start")
			expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app"),
				actor.HaveWaiting("hungry", "CrashLoopBackOff", gomega.Not(gomega.BeEmpty())),
				actor.HaveWaiting("absent", "ErrImageNeverPull", gomega.Not(gomega.BeEmpty()))), "two Sidecars are in trouble")
			stage.Finish("app", 0)
			stage.WaitFor(ctx, "deaf term")
			killKubelet(ctx, func() {})
			// The new kubelet begins the stop again, and gives it a limit of its own.
			done := expectPod(ctx, f, pod, ends, "the pod completes")
			gomega.Expect(printedStatus(done)).To(gomega.HaveSuffix(" Completed"), "what kubectl get pods prints")

			killKubelet(ctx, func() {})
			expectPod(ctx, f, pod, ends, "the pod stays as it is")
			deletePod(ctx, f, pod)
			waitForPodGone(ctx, f, pod)
		},
		ginkgo.Entry("the app first", "app-first", slices.Concat([]v1.Container{app()}, sidecars())),
		ginkgo.Entry("the app last", "app-last", slices.Concat(sidecars(), []v1.Container{app()})),
	)
})

// haveEnded matches a pod whose container has exited with that code, reason and message.
func haveEnded(container string, code int32, reason string, message types.GomegaMatcher) types.GomegaMatcher {
	return gomega.And(haveEndedFor(container, code, reason), gomega.WithTransform(func(pod *v1.Pod) string {
		if terminated := actor.StatusOf(pod, container).State.Terminated; terminated != nil {
			return terminated.Message
		}
		return ""
	}, message))
}
