// SPDX-License-Identifier: Apache-2.0

package status

import (
	"slices"

	v1 "k8s.io/api/core/v1"

	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// withoutDone returns the pod without the regular containers that have finished and need not be ready for the pod to be Ready. It
// returns the pod itself if there are none, and a shallow copy otherwise.
func withoutDone(pod *v1.Pod, statuses []v1.ContainerStatus) *v1.Pod {
	isDone := func(c v1.Container) bool {
		if !ordering.ReadyWithout(pod.UID, c.Name) {
			return false
		}
		// Decisions may be newer than the statuses, or older.
		status, found := podutil.GetContainerStatus(statuses, c.Name)
		return found && status.State.Terminated != nil
	}
	if !slices.ContainsFunc(pod.Spec.Containers, isDone) {
		return pod
	}
	others := *pod
	others.Spec.Containers = slices.DeleteFunc(slices.Clone(pod.Spec.Containers), isDone)
	return &others
}
