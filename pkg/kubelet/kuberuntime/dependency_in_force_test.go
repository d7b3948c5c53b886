// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/pkg/kubelet/qos"
)

// The OOM scores follow the plan in force when a container starts, whatever the annotations say by then, from the first container of
// a sandbox on.
func TestDependencyOOMScoresOfStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runtime := newRecordingRuntime()
		k := newTestKubelet(t, runtime)
		pod := podOf("app", "proxy").native("mesh").says("proxy", `{"type":"Sidecar"}`)
		// Requests on the pod itself would need a whole container manager.
		requesting := *pod.Pod.DeepCopy()
		for c, memory := range map[string]string{"app": "100Mi", "proxy": "1Mi"} {
			podBuilder{&requesting}.with(c, func(c *v1.Container) {
				c.Resources.Requests = v1.ResourceList{v1.ResourceMemory: resource.MustParse(memory)}
			})
		}
		scores := map[string]int{}
		runtime.serve = func(_ context.Context, c criCall, _ string) error {
			if spec := kubecontainer.GetContainerSpec(&requesting, c.Target); c.Verb == "create" && spec != nil {
				scores[c.Target] = qos.GetContainerOOMScoreAdjust(&requesting, spec, 1000<<20)
			}
			return nil
		}
		sync := func() {
			for range 4 {
				time.Sleep(time.Minute)
				k.sync(t, pod.Pod)
				synctest.Wait()
			}
		}
		want := map[string]int{"app": 900, "proxy": 900, "mesh": 900}
		sync()
		if diff := cmp.Diff(want, scores); diff != "" {
			t.Errorf("scores (-want +got):\n%s", diff)
		}
		clear(scores)
		clear(pod.Annotations)
		for _, c := range []string{"proxy", "app", "mesh"} {
			k.runtime.exitNamed(c, 1)
			sync()
		}
		if diff := cmp.Diff(want, scores); diff != "" {
			t.Errorf("scores after restarts, without annotations (-want +got):\n%s", diff)
		}
	})
}

// The plan in force is that of the ready sandbox.
func TestDependencyPlanInForce(t *testing.T) {
	sidecars := func() (names []string) {
		plan := ordering.PlanOf("uid")
		for _, c := range []string{"app", "proxy"} {
			if plan != nil && plan.TypeOf(c) == "Sidecar" {
				names = append(names, c)
			}
		}
		return names
	}
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "proxy").says("proxy", `{"type":"Sidecar"}`)
		k.up(t, pod)
		expect := func(when string, want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, sidecars()); diff != "" {
				t.Errorf("%s: Sidecars (-want +got):\n%s", when, diff)
			}
		}
		expect("the pod runs", "proxy")
		delete(pod.Annotations, "container.lifecycle.alpha.kubernetes.io/proxy")
		pod.says("app", `{"type":"Sidecar"}`)
		k.sync(t, pod.Pod)
		expect("other annotations", "proxy")
		k.runtime.lose("pod_test_uid_0")
		for range 3 {
			k.sync(t, pod.Pod)
			synctest.Wait()
		}
		expect("a new sandbox", "app")
		clear(pod.Annotations)
		k.runtime.lose("pod_test_uid_1")
		for range 3 {
			k.sync(t, pod.Pod)
			synctest.Wait()
		}
		expect("a new sandbox without an order")
		if ordering.PlanOf("other") != nil {
			t.Error("a pod that the kubelet does not know has a plan")
		}
	})
}

// What the pod may be Ready without follows from the last decisions.
func TestDependencyReadyWithoutFollowsDecisions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "setup").says("app", `{"dependsOn":[{"container":"setup","condition":"Succeeded"}]}`).
			with("setup", restarts(v1.ContainerRestartPolicyOnFailure))
		expect := func(when string, want bool) {
			t.Helper()
			k.PodOrder(silence(), pod.Pod, k.status(t, pod.Pod))
			if got := ordering.ReadyWithout(pod.UID, "setup"); got != want {
				t.Errorf("%s: ready without setup %t, want %t", when, got, want)
			}
			if ordering.ReadyWithout(pod.UID, "app") || ordering.ReadyWithout("other", "setup") {
				t.Errorf("%s: ready without app, or another pod", when)
			}
		}
		step := func() { k.sync(t, pod.Pod); synctest.Wait() }
		step()
		expect("it runs", false)
		k.runtime.exitNamed("setup", 0)
		expect("it has succeeded", true)
		step()
		// Another process.
		k = newTestKubelet(t, k.runtime)
		expect("after a restart of the kubelet", true)
		k.runtime.lose("pod_test_uid_0")
		step()
		expect("in a new sandbox", true)
		clear(pod.Annotations)
		k.runtime.lose("pod_test_uid_1")
		step()
		step()
		expect("in a sandbox without an order", false)
	})
}
