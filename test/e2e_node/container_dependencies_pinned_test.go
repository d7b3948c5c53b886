// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"maps"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	e2epod "k8s.io/kubernetes/test/e2e/framework/pod"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies of a live pod", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-pinned")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	ginkgo.DescribeTable("should keep the order of the pod's sandbox", func(ctx context.Context, edited map[string]string) {
		needAnnotations("the fields of a live pod are immutable")
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("edited", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar},
			actor.New("app"), actor.New("proxy", actor.WithReadiness)))
		stage.WaitFor(ctx, "proxy start")
		waits := actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"proxy" to be Ready`))
		expectPod(ctx, f, pod, waits, "the app waits")

		replaceOrder(ctx, f, pod, edited)
		gomega.Consistently(ctx, stage.Timeline).WithTimeout(2*time.Second).WithPolling(dependencyPoll).
			Should(actor.NotHappen("app start"), "the app still waits")
		stage.Cue("proxy.ready")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), beReady()), "the pod starts")
		stage.WaitFor(ctx, "app start")

		deletePod(ctx, f, pod)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenInOrder("proxy start", "spec proxy.ready", "app start", "app term", "app exit", "proxy term"),
			actor.HappenOnce("proxy start", "app start")))
	},
		ginkgo.Entry("when the order is reversed", map[string]string{"app": sidecar}),
		ginkgo.Entry("when the order is removed", nil),
		ginkgo.Entry("when the order becomes invalid", map[string]string{"app": `{"dependsOn":[{"container":"app"}]}`}),
	)
})

// replaceOrder replaces the order in the annotations of a live pod and waits until the kubelet sees that.
func replaceOrder(ctx context.Context, f *framework.Framework, pod *v1.Pod, order map[string]string) {
	ginkgo.GinkgoHelper()
	e2epod.NewPodClient(f).Update(ctx, pod.Name, func(pod *v1.Pod) { setOrder(pod, order) })
	wanted := actorPod(pod.Name, "", order).Annotations
	gomega.Eventually(ctx, func(ctx context.Context) (bool, error) {
		seen, err := getPodFromStandaloneKubelet(ctx, pod.Namespace, pod.Name)
		if err != nil {
			return false, err
		}
		maps.DeleteFunc(seen.Annotations, func(key, _ string) bool { return !strings.HasPrefix(key, dependency.AnnotationPrefix) })
		return maps.Equal(seen.Annotations, wanted), nil
	}).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(gomega.BeTrueBecause("the kubelet should see the edit"))
}
