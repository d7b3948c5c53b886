// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/pkg/kubelet/kuberuntime"
)

// The status tells a container that the kubelet has ended from one that did its work, and keeps the container's own message.
func TestDependencyStatusOfContainersStoppedAlone(t *testing.T) {
	const why = "Container db failed liveness probe"
	for name, tt := range map[string]struct {
		state v1.ContainerState
		want  v1.ContainerState
	}{
		"ended by the kubelet": {
			state: v1.ContainerState{Terminated: &v1.ContainerStateTerminated{ContainerID: "test://1", Reason: "Completed"}},
			want: v1.ContainerState{Terminated: &v1.ContainerStateTerminated{
				ContainerID: "test://1", Reason: events.StoppedByKubelet, Message: why}},
		},
		"ended by the kubelet, with a message of its own": {
			state: v1.ContainerState{Terminated: &v1.ContainerStateTerminated{ContainerID: "test://1", Reason: "Completed", Message: "bye"}},
			want: v1.ContainerState{Terminated: &v1.ContainerStateTerminated{
				ContainerID: "test://1", Reason: events.StoppedByKubelet, Message: "bye"}},
		},
		"ended by itself": {
			state: v1.ContainerState{Terminated: &v1.ContainerStateTerminated{ContainerID: "test://2", Reason: "Completed"}},
			want:  v1.ContainerState{Terminated: &v1.ContainerStateTerminated{ContainerID: "test://2", Reason: "Completed"}},
		},
		"the one before was ended by the kubelet": {
			state: v1.ContainerState{Running: &v1.ContainerStateRunning{}},
			want:  v1.ContainerState{Running: &v1.ContainerStateRunning{}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := tt.state.DeepCopy()
			s := &v1.PodStatus{ContainerStatuses: []v1.ContainerStatus{{Name: "app"}, {Name: "db", State: tt.state}}}
			order := &kuberuntime.PodOrder{StoppedAlone: map[string]string{"test://1": why}}
			showPodOrder(&v1.Pod{}, order, &v1.PodStatus{}, s, false, false)
			if diff := cmp.Diff(tt.want, s.ContainerStatuses[1].State); diff != "" {
				t.Errorf("state (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(*before, tt.state); diff != "" {
				t.Errorf("the old state has been changed (-want +got):\n%s", diff)
			}
		})
	}
}
