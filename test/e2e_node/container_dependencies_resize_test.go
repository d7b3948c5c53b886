// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
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

	ginkgo.It("should change the resources of containers that run and of those that wait, each by itself", func(ctx context.Context) {
		stage := actor.NewStage()
		proxy, app := actor.New("proxy", actor.WithReadiness), actor.New("app")
		for c, restarts := range map[*v1.Container]v1.ResourceName{&proxy: v1.ResourceCPU, &app: v1.ResourceMemory} {
			c.Resources = v1.ResourceRequirements{Requests: amounts("50m", "32Mi"), Limits: amounts("400m", "96Mi")}
			c.ResizePolicy = []v1.ContainerResizePolicy{{ResourceName: restarts, RestartPolicy: v1.RestartContainer}}
		}
		pod := createOnStage(ctx, f, stage, actorPod("resized", v1.RestartPolicyAlways, map[string]string{"proxy": sidecar}, app, proxy))
		stage.WaitFor(ctx, "proxy start")
		waits := actor.HaveWaiting("app", events.WaitingForDependencies, gomega.ContainSubstring(`"proxy" to be Ready`))
		pod = expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("proxy"), waits), "the app waits")

		ginkgo.By("Resizing a container that runs, and one that waits")
		resize(ctx, f, pod, map[string]v1.ResourceList{
			"proxy": {v1.ResourceMemory: resource.MustParse("128Mi")}, "app": amounts("300m", "160Mi"),
		})
		expectLimits(ctx, f, pod, "proxy", "400m", "128Mi")
		gomega.Expect(expectPod(ctx, f, pod, waits, "the app waits")).To(haveRestarted("proxy", 0))

		ginkgo.By("Starting what has waited, with its new resources")
		stage.Cue("proxy.ready")
		stage.WaitFor(ctx, "app start")
		expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), beReady(), haveNoRestarts()), "the pod runs")
		expectLimits(ctx, f, pod, "app", "300m", "160Mi")
		expectLimits(ctx, f, pod, podCgroup, "700m", "288Mi")

		ginkgo.By("Resizing an app that has to be restarted for it")
		resize(ctx, f, pod, map[string]v1.ResourceList{"app": {v1.ResourceMemory: resource.MustParse("192Mi")}})
		expectPod(ctx, f, pod, gomega.And(haveRestarted("app", 1), haveRestarted("proxy", 0), actor.HaveRunning("app", "proxy"), beReady()),
			"the app alone is restarted")
		expectLimits(ctx, f, pod, "app", "300m", "192Mi")

		ginkgo.By("Resizing a Sidecar that has to be restarted for it")
		resize(ctx, f, pod, map[string]v1.ResourceList{"proxy": {v1.ResourceCPU: resource.MustParse("200m")}})
		expectPod(ctx, f, pod, gomega.And(haveRestarted("proxy", 1), haveRestarted("app", 1), actor.HaveRunning("app", "proxy"), beReady()),
			"the Sidecar alone is restarted")
		expectLimits(ctx, f, pod, "proxy", "200m", "128Mi")
		expectLimits(ctx, f, pod, podCgroup, "500m", "320Mi")
		gomega.Expect(stage.Timeline()).To(gomega.And(actor.HappenTimes(2, "proxy start", "app start"),
			actor.HappenInOrder("proxy ready", "app start", "app term", "proxy term")))

		ginkgo.By("Stopping the pod")
		stage.Cue("pod.deleted")
		deletePod(ctx, f, pod)
		waitForPodGone(ctx, f, pod)
		gomega.Expect(stage.Timeline().Since("spec pod.deleted")).To(
			actor.HappenOnceInOrder("app term", "app exit", "proxy term", "proxy exit"))
	})
})

// resize changes the limits of containers.
func resize(ctx context.Context, f *framework.Framework, pod *v1.Pod, limits map[string]v1.ResourceList) {
	ginkgo.GinkgoHelper()
	// The patch sets the order of the containers that it names, which must not change.
	var resized []v1.Container
	for i := range pod.Spec.Containers {
		if amounts, found := limits[pod.Spec.Containers[i].Name]; found {
			resized = append(resized, v1.Container{Name: pod.Spec.Containers[i].Name, Resources: v1.ResourceRequirements{Limits: amounts}})
		}
	}
	text, err := json.Marshal(map[string]any{"spec": map[string]any{"containers": resized}})
	framework.ExpectNoError(err, "encode the new resources")
	_, err = f.ClientSet.CoreV1().Pods(pod.Namespace).
		Patch(ctx, pod.Name, types.StrategicMergePatchType, text, metav1.PatchOptions{}, "resize")
	framework.ExpectNoError(err, "resize pod %q", pod.Name)
}

// expectLimits waits until the cgroup of a running container, or of the pod, has these limits.
func expectLimits(ctx context.Context, f *framework.Framework, pod *v1.Pod, container, cpu, memory string) {
	ginkgo.GinkgoHelper()
	const period = 100_000
	amounts := amounts(cpu, memory)
	want := []string{
		strconv.FormatInt(amounts.Cpu().MilliValue()*period/1000, 10), strconv.FormatInt(amounts.Memory().Value(), 10),
	}
	asked := container
	if container == podCgroup {
		asked = pod.Spec.Containers[0].Name
	}
	gomega.Eventually(ctx, func(ctx context.Context) ([]string, error) {
		current, err := f.ClientSet.CoreV1().Pods(pod.Namespace).Get(ctx, pod.Name, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		if actor.StatusOf(current, asked).State.Running == nil {
			return nil, fmt.Errorf("container %q does not run", asked)
		}
		limits := cgroupLimits(ctx, current, asked)
		quota, bytes := container+" cpu.cfs_quota_us", container+" memory.limit_in_bytes"
		if IsCgroup2UnifiedMode() {
			quota, bytes = container+" cpu.max", container+" memory.max"
		}
		shown, _, _ := strings.Cut(limits[quota], " ")
		return []string{shown, limits[bytes]}, nil
	}).WithTimeout(dependencyTimeout).WithPolling(dependencyPoll).Should(gomega.Equal(want), "CPU and memory of %q", container)
}
