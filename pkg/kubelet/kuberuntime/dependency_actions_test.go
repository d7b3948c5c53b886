// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// What upstream wants to do is reduced to what the order of the pod allows.
func TestDependencyActions(t *testing.T) {
	waiting := map[string]dependency.Decision{"app": {Gate: dependency.Waiting}}
	for name, tt := range map[string]struct {
		actions   podActions
		decisions dependency.Decisions
		skip      []string
		// actuated are containers whose resources have been applied.
		actuated []string
		want     podActions
		wantDue  []int
	}{
		"open gates": {
			actions: podActions{ContainersToStart: []int{0, 1}},
			want:    podActions{}, wantDue: []int{0, 1},
		},
		"a closed gate": {
			actions: podActions{ContainersToStart: []int{0, 1}}, decisions: dependency.Decisions{Containers: waiting},
			want: podActions{}, wantDue: []int{1},
		},
		"a start in flight is left alone": {
			actions: podActions{ContainersToStart: []int{0, 1}, ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{probeID("1"): {name: "db"}, probeID("0"): {name: "app"}}},
			skip:    []string{"db"},
			want:    podActions{ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{probeID("0"): {name: "app"}}}, wantDue: []int{0},
		},
		"a start in flight is a reason to keep the pod": {
			actions: podActions{KillPod: true, ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{probeID("1"): {name: "db"}}},
			skip:    []string{"db"},
			want:    podActions{ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{}},
		},
		"what has finished is not started in a new sandbox": {
			actions:   podActions{ContainersToStart: []int{0, 1}},
			decisions: dependency.Decisions{Containers: map[string]dependency.Decision{"db": {Finished: true}}},
			want:      podActions{}, wantDue: []int{0},
		},
		"what upstream kills is started again though it is finished": {
			actions:   podActions{ContainersToStart: []int{1}, ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{probeID("1"): {name: "db"}}},
			decisions: dependency.Decisions{Containers: map[string]dependency.Decision{"db": {Finished: true}}},
			want:      podActions{ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{probeID("1"): {name: "db"}}}, wantDue: []int{1},
		},
		"complete": {
			actions:   podActions{CreateSandbox: true, ContainersToStart: []int{0}, InitContainersToStart: []int{0}},
			decisions: dependency.Decisions{Complete: true},
			want:      podActions{KillPod: true},
		},
		"failed": {
			actions:   podActions{ContainersToStart: []int{0}, InitContainersToStart: []int{0}},
			decisions: dependency.Decisions{Failed: "why"},
			want:      podActions{KillPod: true},
		},
		"restart of all containers": {
			actions:   podActions{ContainersToReset: []containerToRemoveInfo{{}}},
			decisions: dependency.Decisions{Complete: true},
			want:      podActions{ContainersToReset: []containerToRemoveInfo{{}}},
		},
		"the pod is resized for a container that starts": {
			actions: podActions{ContainersToStart: []int{0, 1}, UpdatePodResources: true},
			want:    podActions{UpdatePodResources: true}, wantDue: []int{0, 1},
		},
		"the pod is not resized for a container that waits": {
			actions: podActions{ContainersToStart: []int{0, 1}, UpdatePodResources: true}, decisions: dependency.Decisions{Containers: waiting},
			actuated: []string{"db"},
			want:     podActions{}, wantDue: []int{1},
		},
		"the pod is resized for init containers": {
			actions: podActions{ContainersToStart: []int{0}, InitContainersToStart: []int{0}, UpdatePodResources: true}, decisions: dependency.Decisions{Containers: waiting},
			want: podActions{InitContainersToStart: []int{0}, UpdatePodResources: true},
		},
		"a resize of the pod itself": {
			actions: podActions{ContainersToStart: []int{0}, UpdatePodResources: true, UpdatePodLevelResources: true}, decisions: dependency.Decisions{Containers: waiting},
			want: podActions{UpdatePodResources: true, UpdatePodLevelResources: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTestKubelet(t, newRecordingRuntime())
			pod := podOf("app", "db").says("app", appWaitsForDB)
			for _, c := range []string{"app", "db"} {
				pod.with(c, func(c *v1.Container) {
					c.Resources.Requests = v1.ResourceList{v1.ResourceCPU: resource.MustParse("1")}
				})
			}
			for i := range pod.Spec.Containers {
				for _, name := range tt.actuated {
					if c := &pod.Spec.Containers[i]; c.Name == name {
						if err := k.actuatedState.SetContainerResources(klog.Logger{}, pod.UID, name, c.Resources); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			graph, err := dependency.ForPod(pod.Pod)
			if err != nil {
				t.Fatal(err)
			}
			pass := &orderPass{order: &PodOrder{Pod: pod.Pod, Graph: graph, Decisions: tt.decisions}, skip: tt.skip}
			status := &kubecontainer.PodStatus{ID: pod.UID}
			// A new sandbox is decided on with the order that is to be pinned with it; that is another test's.
			got := k.orderActions(silence(), pass, pod.Pod, status, tt.actions)
			if diff := cmp.Diff(tt.want.String(), got.String()); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.wantDue, dueContainers(pod.Pod, pass)); diff != "" {
				t.Errorf("due (-want +got):\n%s", diff)
			}
		})
	}
}
