// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

var _ = SIGDescribe("Container Dependencies resize", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-resize")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	withCPU := func(c *v1.Container) {
		c.Resources = cpuOf("100m")
		c.ResizePolicy = []v1.ContainerResizePolicy{{ResourceName: v1.ResourceCPU, RestartPolicy: v1.NotRequired}}
	}
	resize := func(ctx context.Context, pod *v1.Pod, index int) {
		ginkgo.GinkgoHelper()
		pods := f.ClientSet.CoreV1().Pods(pod.Namespace)
		now, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
		framework.ExpectNoError(err, "read pod %q", pod.Name)
		now.Spec.Containers[index].Resources = cpuOf("200m")
		_, err = pods.UpdateResize(ctx, pod.Name, now, metav1.UpdateOptions{})
		framework.ExpectNoError(err, "resize container %d of pod %q", index, pod.Name)
	}

	ginkgo.It("should change the resources in place of what waits, of what is waited for, and of what runs", func(ctx context.Context) {
		stage := actor.NewStage()
		pod := createOnStage(ctx, f, stage, actorPod("resized", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar, "certs": sidecar,
			"job": `{"dependsOn":[{"container":"app","condition":"Ready"}]}`},
			actor.New("app", withCPU, actor.WithReadiness), actor.New("proxy", withCPU, actor.WithReadiness), actor.New("certs", withCPU),
			actor.New("job", withCPU)))
		stage.WaitFor(ctx, "proxy start", "certs start")
		waits := actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`waiting for "proxy" to be Ready`))
		expectPod(ctx, f, pod, gomega.And(waits, haveCPU("proxy", "100m"), haveCPU("certs", "100m")), "the app waits")

		ginkgo.By("Resizing the Sidecar that the app waits for")
		resize(ctx, pod, 1)
		expectPod(ctx, f, pod, gomega.And(waits, haveCPU("proxy", "200m")), "the Sidecar has its new resources")

		ginkgo.By("Resizing the app, which waits")
		resize(ctx, pod, 0)
		stage.Cue("proxy.ready")
		stage.WaitFor(ctx, "app start")
		expectPod(ctx, f, pod, gomega.And(haveCPU("app", "200m"), actor.HaveRunning("app")), "the app starts with its new resources")
		stage.Cue("app.ready")
		stage.WaitFor(ctx, "job start")

		ginkgo.By("Resizing a container that runs")
		resize(ctx, pod, 2)
		expectPod(ctx, f, pod, gomega.And(haveCPU("certs", "200m"), haveCPU("job", "100m"), beReady(), haveNoRestarts()),
			"the container has its new resources")
		deletePod(ctx, f, pod)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline()).To(gomega.And(
			actor.HappenOnceInOrder("proxy start", "spec proxy.ready", "app start", "spec app.ready", "job start", "job exit", "app term",
				"app exit", "proxy term"),
			actor.HappenOnceInOrder("app exit", "certs term")))
	})
})

// cpuOf returns resources of that much CPU.
func cpuOf(quantity string) v1.ResourceRequirements {
	list := v1.ResourceList{v1.ResourceCPU: resource.MustParse(quantity)}
	return v1.ResourceRequirements{Requests: list, Limits: list}
}

// haveCPU matches a pod in whose status the container has that limit of CPU.
func haveCPU(container, quantity string) types.GomegaMatcher {
	return gomega.WithTransform(func(pod *v1.Pod) string {
		if resources := actor.StatusOf(pod, container).Resources; resources != nil {
			return resources.Limits.Cpu().String()
		}
		return ""
	}, gomega.Equal(quantity))
}
