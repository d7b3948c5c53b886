// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/test/e2e/framework"
	e2epod "k8s.io/kubernetes/test/e2e/framework/pod"
	"k8s.io/kubernetes/test/utils/actor"
)

// invalidOrders are orders that cannot be followed, with the texts that the message must contain. The pod has the containers app and
// other (both Standard) and proxy (a Sidecar), the init container setup and the native sidecar mesh.
var invalidOrders = map[string]struct {
	order map[string]string
	want  []string
}{
	"not-decodable": {map[string]string{"app": `{"type":`}, []string{"/app"}},
	"no-object":     {map[string]string{"app": `Sidecar`}, []string{"/app", "not an object"}},
	"unknown-field": {map[string]string{"app": `{"dependson":[{"container":"other"}]}`}, []string{"/app", "dependson"}},
	"unknown-type":  {map[string]string{"app": `{"type":"Helper"}`}, []string{"/app", "Helper", "Sidecar"}},
	"unknown-condition": {
		map[string]string{"app": `{"dependsOn":[{"container":"other","condition":"Healthy"}]}`},
		[]string{"/app", "Healthy", "Ready"},
	},
	"unknown-timing":    {map[string]string{"app": `{"preStopTiming":"Early"}`}, []string{"/app", "Early", "AtTermination"}},
	"no-such-container": {map[string]string{"ap": `{}`}, []string{"/ap", "no regular container"}},
	"init-container":    {map[string]string{"setup": `{"before":[{"container":"app"}]}`}, []string{"/setup", "init container"}},
	"no-target":         {map[string]string{"app": `{"dependsOn":[{"condition":"Ready"}]}`}, []string{"/app", "type"}},
	"two-targets":       {map[string]string{"app": `{"dependsOn":[{"container":"other","type":"Sidecar"}]}`}, []string{"/app", "Sidecar"}},
	"unknown-target":    {map[string]string{"app": `{"dependsOn":[{"container":"othr"}]}`}, []string{"othr", "optional"}},
	"init-target":       {map[string]string{"app": `{"dependsOn":[{"container":"setup"}]}`}, []string{"setup"}},
	"native-standard":   {map[string]string{"mesh": `{"type":"Standard"}`}, []string{"/mesh", "native sidecar"}},
	"native-waits":      {map[string]string{"mesh": `{"dependsOn":[{"container":"app"}]}`}, []string{"mesh", "native sidecar"}},
	"unknown-type-target": {
		map[string]string{"app": `{"dependsOn":[{"type":"Helper"}]}`},
		[]string{"/app", "Helper", "Sidecar"},
	},
	"type-completes": {
		map[string]string{"app": `{"before":[{"type":"Sidecar","condition":"Succeeded"}]}`},
		[]string{"/app", "Succeeded", "names a container"},
	},
	"self": {map[string]string{"app": `{"dependsOn":[{"container":"app"}]}`}, []string{"itself"}},
	"twice": {
		map[string]string{"app": `{"dependsOn":[{"container":"other"},{"container":"other","condition":"Started"}]}`},
		[]string{"Duplicate", "other"},
	},
	"cycle": {
		map[string]string{"app": `{"dependsOn":[{"container":"other"}]}`, "other": `{"dependsOn":[{"container":"app"}]}`},
		[]string{"app -> other -> app"},
	},
	"cycle-by-before": {
		map[string]string{"app": `{"dependsOn":[{"container":"other"}],"before":[{"container":"other"}]}`},
		[]string{"app -> other -> app"},
	},
	"never-completes": {
		map[string]string{"app": `{"dependsOn":[{"container":"other","condition":"Succeeded"}]}`},
		[]string{"other", "restartPolicy"},
	},
	"native-completes": {
		map[string]string{"app": `{"dependsOn":[{"container":"mesh","condition":"Completed"}]}`},
		[]string{"mesh", "restartPolicy"},
	},
	"sidecars-only":  {map[string]string{"app": sidecar, "other": sidecar}, []string{"Sidecar"}},
	"stop-too-short": {map[string]string{"app": `{"stopTimeoutSeconds":0}`}, []string{"stopTimeoutSeconds"}},
	"stop-too-long":  {map[string]string{"app": `{"stopTimeoutSeconds":31}`}, []string{"stopTimeoutSeconds", "30"}},
	"several-problems": {
		map[string]string{"app": `{"type":"Helper"}`, "other": `{"dependsOn":[{"container":"othr"}]}`},
		[]string{"Helper", "othr"},
	},
}

var _ = SIGDescribe("Container Dependencies invalid pods", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-invalid")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	invalidPod := func(name string, order map[string]string) *v1.Pod {
		pod := actorPod(name, v1.RestartPolicyAlways, order, actor.New("app"), actor.New("other", actor.WithMark),
			actor.New("proxy", actor.WithMark))
		if _, given := order["proxy"]; !given {
			setOrderOf(pod, "proxy", sidecar)
		}
		setup := actor.New("setup")
		setup.Command = actor.Command("note start")
		pod.Spec.InitContainers = []v1.Container{setup, actor.New("mesh", actor.Native, actor.WithMark)}
		return pod
	}

	// invalid matches a pod whose status says that its order is invalid, and why.
	invalid := func(message gomega.OmegaMatcher) gomega.OmegaMatcher {
		return gomega.And(gomega.HaveField("Status.Reason", events.InvalidContainerLifecycle), gomega.HaveField("Status.Message", message))
	}
	held := func(message gomega.OmegaMatcher) gomega.OmegaMatcher {
		all := []gomega.OmegaMatcher{havePhase(v1.PodPending), invalid(message)}
		for _, container := range []string{"app", "other", "proxy", "setup", "mesh"} {
			all = append(all, actor.HaveWaiting(container, events.InvalidContainerLifecycle,
				gomega.ContainSubstring("see the message of the pod's status")))
		}
		return gomega.And(all...)
	}
	const heldOnly = "the API server refuses an invalid order"

	ginkgo.It("should hold every kind of pod whose order cannot be followed, and delete it", func(ctx context.Context) {
		needAnnotations(heldOnly)
		stage := actor.NewStage()
		pods := map[string]*v1.Pod{}
		for name, c := range invalidOrders {
			pods[name] = createOnStage(ctx, f, stage, invalidPod(name, c.order))
		}
		for name, c := range invalidOrders {
			var names []gomega.OmegaMatcher
			for _, want := range c.want {
				names = append(names, gomega.ContainSubstring(want))
			}
			expectPod(ctx, f, pods[name], held(gomega.And(names...)), "pod %q is held", name)
			found := awaitEvents(ctx, f, pods[name], "", events.InvalidContainerLifecycle, 1)
			gomega.Expect(found[0].Type).To(gomega.Equal(v1.EventTypeWarning), "type of the event of pod %q", name)
			gomega.Expect(found[0].Message).To(gomega.And(names...), "message of the event of pod %q", name)
		}

		ginkgo.By("Looking for sandboxes, and for more events")
		for name, pod := range pods {
			awaitEvents(ctx, f, pod, "", events.InvalidContainerLifecycle, 1)
			gomega.Expect(sandboxesOf(ctx, pod)).To(gomega.BeEmpty(), "sandboxes of pod %q", name)
		}
		for _, pod := range pods {
			deletePod(ctx, f, pod)
		}
		for _, pod := range pods {
			waitForPodGone(ctx, f, pod)
		}
		gomega.Expect(stage.Timeline()).To(gomega.BeEmpty(), "nothing has run")
	})

	ginkgo.It("should have no place for a plan that a user supplies", func(ctx context.Context) {
		pod := actorPod("forged", v1.RestartPolicyAlways, map[string]string{"app": sidecar}, actor.New("app"))
		pod.Annotations[ordering.PinnedPlanAnnotation] = `{}`
		_, err := f.ClientSet.CoreV1().Pods(f.Namespace.Name).Create(ctx, pod, metav1.CreateOptions{})
		gomega.Expect(err).To(gomega.Satisfy(apierrors.IsInvalid), "the API server refuses the annotation of a pinned plan")
		gomega.Expect(err).To(gomega.MatchError(gomega.ContainSubstring(ordering.PinnedPlanAnnotation)))
	})

	ginkgo.It("should start a pod whose order has been corrected", func(ctx context.Context) {
		needAnnotations(heldOnly)
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, invalidPod("corrected", map[string]string{"app": `{"dependsOn":[{"container":"othr"}]}`}))
		expectPod(ctx, f, pod, held(gomega.ContainSubstring("othr")), "the pod is held")

		ginkgo.By("Making another mistake")
		e2epod.NewPodClient(f).Update(ctx, pod.Name, func(pod *v1.Pod) { setOrderOf(pod, "app", `{"dependsOn":[{"container":"app"}]}`) })
		expectPod(ctx, f, pod, held(gomega.ContainSubstring("itself")), "the pod is held")
		gomega.Expect(stage.Timeline()).To(gomega.BeEmpty(), "nothing has run")

		ginkgo.By("Correcting it")
		e2epod.NewPodClient(f).Update(ctx, pod.Name, func(pod *v1.Pod) { setOrderOf(pod, "app", `{"dependsOn":[{"container":"other"}]}`) })
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("mesh", "proxy", "other", "app"), beReady(),
			gomega.HaveField("Status.Reason", ""), gomega.HaveField("Status.Message", "")), "the pod starts")
		gomega.Expect(stage.Timeline()).To(actor.HappenInOrder("setup start", "mesh start", "proxy start", "other start", "app start"))
		expectEvents(ctx, f, pod, "", events.InvalidContainerLifecycle, 2)
	})

	ginkgo.It("should show what has exited as it ended, when a pod that has run is held", func(ctx context.Context) {
		needAnnotations(heldOnly)
		stage := actor.NewStage()
		pod := invalidPod("lost", nil)
		// Under this policy the API server refuses a status in which the init container, which succeeded, waits again.
		pod.Spec.RestartPolicy = v1.RestartPolicyOnFailure
		pod = createOnStage(ctx, f, stage, pod)
		expectPod(ctx, f, pod, gomega.And(actor.HaveExited("setup", 0), actor.HaveRunning("mesh", "proxy", "other", "app")), "the pod runs")

		ginkgo.By("Making the order invalid")
		replaceOrder(ctx, f, pod, map[string]string{"app": `{"dependsOn":[{"container":"othr"}]}`, "proxy": sidecar})
		gomega.Consistently(ctx, framework.GetObject(f.ClientSet.CoreV1().Pods(pod.Namespace).Get, pod.Name, metav1.GetOptions{})).
			WithTimeout(2*time.Second).WithPolling(dependencyPoll).
			Should(gomega.And(actor.HaveRunning("mesh", "proxy", "other", "app"), gomega.HaveField("Status.Reason", "")), "the pod still runs")

		ginkgo.By("Taking its sandbox away")
		before := stopSandboxesOf(ctx, pod)
		// The kubelet may see the end of one of the others first, and be about to restart it.
		expectPod(ctx, f, pod, gomega.And(invalid(gomega.ContainSubstring("othr")), actor.HaveExited("setup", 0),
			gomega.HaveField("Status.InitContainerStatuses", gomega.HaveEach(gomega.HaveField("State.Running", gomega.BeNil()))),
			gomega.HaveField("Status.ContainerStatuses", gomega.HaveEach(gomega.HaveField("State.Running", gomega.BeNil())))),
			"the pod is held")
		expectEvents(ctx, f, pod, "", events.InvalidContainerLifecycle, 1)
		gomega.Expect(sandboxesOf(ctx, pod)).To(gomega.Or(gomega.BeEmpty(), gomega.Equal(before)), "no new sandbox")
		deletePod(ctx, f, pod)
		waitForPodGone(ctx, f, pod)
	})
})
