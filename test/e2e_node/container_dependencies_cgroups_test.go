// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	admissionapi "k8s.io/pod-security-admission/api"

	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/utils/actor"
)

// amounts returns amounts of CPU and memory.
func amounts(cpu, memory string) v1.ResourceList {
	return v1.ResourceList{v1.ResourceCPU: resource.MustParse(cpu), v1.ResourceMemory: resource.MustParse(memory)}
}

var _ = SIGDescribe("Container Dependencies cgroups", framework.WithFeatureGate(features.ContainerDependencies), func() {
	f := framework.NewDefaultFramework("container-dependencies-cgroups")
	f.NamespacePodSecurityLevel = admissionapi.LevelPrivileged
	addAfterEachForCleaningUpPods(f)

	// class is a pod's class, and what makes the pod one of it.
	type class struct {
		name v1.PodQOSClass
		// pod, app and proxy are the resources of the pod and of its containers.
		pod, app, proxy v1.ResourceRequirements
		// limited is the number of cgroups whose memory is limited, of that of the pod and those of the containers.
		limited int
	}
	ginkgo.DescribeTable("should be those of a pod without an order", func(ctx context.Context, class class) {
		// run returns the limits of the pod, and of its cgroup while the app waits.
		run := func(name string, order map[string]string) (all, waiting map[string]string) {
			ginkgo.By("Running the pod " + name)
			stage := actor.NewStage()
			proxy, app := actor.New("proxy", actor.WithReadiness), actor.New("app")
			proxy.Resources, app.Resources = class.proxy, class.app
			pod := actorPod(name, v1.RestartPolicyAlways, order, app, proxy)
			if len(class.pod.Limits)+len(class.pod.Requests) > 0 {
				pod.Spec.Resources = &class.pod
			}
			pod = createOnStage(ctx, f, stage, pod)
			if stage.WaitFor(ctx, "proxy start"); order != nil {
				pod = expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("proxy"), actor.HaveWaiting("app", events.WaitingForDependencies,
					gomega.Not(gomega.BeEmpty()))), "the app waits")
				waiting = cgroupLimits(ctx, pod, "proxy")
			}
			stage.Cue("proxy.ready")
			pod = expectPod(ctx, f, pod, gomega.And(actor.HaveRunning("app", "proxy"), beReady(), haveNoRestarts()), "the pod runs")
			gomega.Expect(pod.Status.QOSClass).To(gomega.Equal(class.name), "class of the pod")
			all = cgroupLimits(ctx, pod, "app", "proxy")
			deletePod(ctx, f, pod)
			waitForPodGone(ctx, f, pod)
			return all, waiting
		}
		ordered, waiting := run("ordered", map[string]string{"proxy": sidecar})
		plain, _ := run("plain", nil)
		gomega.Expect(ordered).To(gomega.Equal(plain), "limits with and without an order")
		for name, limit := range waiting {
			gomega.Expect(ordered).To(gomega.HaveKeyWithValue(name, limit), "limit while the app waits")
		}
		if class.name == v1.PodQOSGuaranteed {
			gomega.Expect(plain["class"]).NotTo(gomega.Or(gomega.ContainSubstring("burstable"), gomega.ContainSubstring("besteffort")))
		} else {
			gomega.Expect(plain["class"]).To(gomega.ContainSubstring(strings.ToLower(string(class.name))))
		}
		gomega.Expect(memoryLimits(plain)).To(gomega.HaveLen(class.limited), "limits of memory in %v", plain)
	},
		ginkgo.Entry("BestEffort", class{name: v1.PodQOSBestEffort}),
		ginkgo.Entry("Burstable", class{
			name: v1.PodQOSBurstable, limited: 1,
			app:   v1.ResourceRequirements{Requests: amounts("100m", "32Mi"), Limits: amounts("900m", "128Mi")},
			proxy: v1.ResourceRequirements{Requests: amounts("50m", "16Mi")},
		}),
		ginkgo.Entry("Guaranteed", class{
			name: v1.PodQOSGuaranteed, limited: 3,
			app:   v1.ResourceRequirements{Limits: amounts("400m", "128Mi")},
			proxy: v1.ResourceRequirements{Limits: amounts("400m", "96Mi")},
		}),
		ginkgo.Entry("Guaranteed, by resources of the pod", class{
			name: v1.PodQOSGuaranteed, limited: 3,
			pod: v1.ResourceRequirements{Limits: amounts("800m", "256Mi")},
		}),
	)
})

// memoryLimits returns the limits of memory among the limits of cgroups.
func memoryLimits(limits map[string]string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(limits)), func(name string) bool {
		_, file, _ := strings.Cut(name, " ")
		// Version 1 writes the number of bytes in all pages that there can be.
		return file != "memory.max" && file != "memory.limit_in_bytes" || limits[name] == "max" || len(limits[name]) > 15
	})
}
