// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// Upstream's actions are reduced to those that the order of the pod allows.
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
		// wantRestarts are the tasks that begin with a kill, and those of native sidecars.
		wantRestarts []string
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
			actions: podActions{ContainersToStart: []int{0, 1},
				ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{probeID("1"): {name: "db"}, probeID("0"): {name: "app"}}},
			skip: []string{"db"},
			want: podActions{}, wantDue: []int{0}, wantRestarts: []string{"app: kill, start"},
		},
		"a start in flight keeps the pod from being killed": {
			actions: podActions{KillPod: true, ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{probeID("1"): {name: "db"}}},
			skip:    []string{"db"},
			want:    podActions{ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{}},
		},
		"a finished container is not started in a new sandbox": {
			actions:   podActions{ContainersToStart: []int{0, 1}},
			decisions: dependency.Decisions{Containers: map[string]dependency.Decision{"db": {Finished: true}}},
			want:      podActions{}, wantDue: []int{0},
		},
		"a finished container that upstream kills is started again": {
			actions: podActions{ContainersToStart: []int{1},
				ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{probeID("1"): {name: "db"}}},
			decisions: dependency.Decisions{Containers: map[string]dependency.Decision{"db": {Finished: true}}},
			want:      podActions{}, wantDue: []int{1}, wantRestarts: []string{"db: kill, start"},
		},
		"a container is killed and not started again": {
			actions: podActions{ContainersToStart: []int{1},
				ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{probeID("0"): {name: "app"}}},
			want: podActions{}, wantDue: []int{1}, wantRestarts: []string{"app: kill"},
		},
		"a killed container is not restarted while it waits": {
			actions: podActions{ContainersToStart: []int{0},
				ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{probeID("0"): {name: "app"}}},
			decisions: dependency.Decisions{Containers: waiting},
			want:      podActions{}, wantRestarts: []string{"app: kill"},
		},
		"a resize of the pod comes between the kill and the start": {
			actions: podActions{ContainersToStart: []int{1}, UpdatePodResources: true,
				ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{probeID("1"): {name: "db"}}},
			want: podActions{UpdatePodResources: true,
				ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{probeID("1"): {name: "db"}}}, wantDue: []int{1},
		},
		"a native sidecar is restarted": {
			actions: podActions{ContainersToStart: []int{1}, InitContainersToStart: []int{0, 1},
				ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{probeID("2"): {name: "native"}}},
			want: podActions{InitContainersToStart: []int{1}}, wantDue: []int{1}, wantRestarts: []string{"native: kill, start"},
		},
		"a native sidecar whose restart is in flight": {
			actions: podActions{ContainersToStart: []int{1}, InitContainersToStart: []int{0}},
			skip:    []string{"native"},
			want:    podActions{}, wantDue: []int{1},
		},
		"init containers keep upstream's order while they run": {
			actions: podActions{InitContainersToStart: []int{0},
				ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{probeID("2"): {name: "native"}}},
			want: podActions{InitContainersToStart: []int{0},
				ContainersToKill: map[kubecontainer.ContainerID]containerToKillInfo{probeID("2"): {name: "native"}}},
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
			actions: podActions{ContainersToReset: []containerToRemoveInfo{{}}},
			want:    podActions{ContainersToReset: []containerToRemoveInfo{{}}},
		},
		"restart of all containers, complete": {
			actions:   podActions{ContainersToReset: []containerToRemoveInfo{{}}},
			decisions: dependency.Decisions{Complete: true},
			want:      podActions{KillPod: true},
		},
		"restart of all containers, failed": {
			actions:   podActions{ContainersToReset: []containerToRemoveInfo{{}}},
			decisions: dependency.Decisions{Failed: "why"},
			want:      podActions{KillPod: true},
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
			actions:   podActions{ContainersToStart: []int{0}, InitContainersToStart: []int{0}, UpdatePodResources: true},
			decisions: dependency.Decisions{Containers: waiting},
			want:      podActions{InitContainersToStart: []int{0}, UpdatePodResources: true},
		},
		"a resize of the pod itself": {
			actions:   podActions{ContainersToStart: []int{0}, UpdatePodResources: true, UpdatePodLevelResources: true},
			decisions: dependency.Decisions{Containers: waiting},
			want:      podActions{UpdatePodResources: true, UpdatePodLevelResources: true},
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
			always := v1.ContainerRestartPolicyAlways
			pod.Spec.InitContainers = []v1.Container{{Name: "native", Image: "image:1", RestartPolicy: &always}, {Name: "init", Image: "image:1"}}
			graph, err := ordering.ForPod(pod.Pod)
			if err != nil {
				t.Fatal(err)
			}
			order := &PodOrder{Graph: graph, Decisions: tt.decisions, status: &kubecontainer.PodStatus{ID: pod.UID}}
			pass := &wholePass{kubeGenericRuntimeManager: k.kubeGenericRuntimeManager, pod: pod.Pod, order: order, skip: tt.skip}
			// Another test covers new sandboxes, whose actions depend on the order that will be pinned to them.
			got := pass.actions(silence(), func() podActions { return tt.actions })
			if diff := cmp.Diff(tt.want.String(), got.String()); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
			left := pass.left
			if left == nil {
				left = &leftWork{}
			}
			if diff := cmp.Diff(tt.wantDue, left.due(pod.Pod, order, tt.skip)); diff != "" {
				t.Errorf("due (-want +got):\n%s", diff)
			}
			var restarts []string
			for _, task := range left.restarts(pod.Pod, order, tt.skip) {
				text := task.name + ":"
				if task.kill != nil {
					text += " kill,"
				}
				if task.start != nil {
					text += " start"
				}
				restarts = append(restarts, strings.TrimSuffix(text, ","))
			}
			if diff := cmp.Diff(tt.wantRestarts, restarts); diff != "" {
				t.Errorf("restarts (-want +got):\n%s", diff)
			}
		})
	}
}
