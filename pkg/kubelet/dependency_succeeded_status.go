// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/api/v1/dependency/apifield"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// completedReason is the reason that the runtimes give to a container that has exited with code 0, and errorReason that of one
// with any other code.
const (
	completedReason = "Completed"
	errorReason     = "Error"
)

// The texts that keep what the reason Completed, or none, takes the place of.
const (
	endedAs    = "ended as "
	neverBegan = "not started before the pod ended: "
)

// hasSucceeded reports whether a pod that is ending ends well: all of its Standard containers have exited with code 0. The pod
// has the container types in force.
func hasSucceeded(pod *v1.Pod, s *v1.PodStatus) bool {
	if s.Phase == v1.PodFailed {
		return false
	}
	standard := 0
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		if apifield.IsSidecar(c) {
			continue
		}
		standard++
		if state, found := podutil.GetContainerStatus(s.ContainerStatuses, c.Name); !found || !endedWell(state.State) {
			return false
		}
	}
	return standard > 0
}

func endedWell(state v1.ContainerState) bool {
	return state.Terminated != nil && state.Terminated.ExitCode == 0
}

// showSucceeded shows the Sidecars of a pod that has succeeded so that kubectl prints the pod as Completed: it prints the
// reason of any whose exit code is not 0, or that waits, where it does not look at native sidecars. How a container has ended
// remains in its exit code and its message. This depends on nothing that a kubelet process remembers.
func showSucceeded(pod *v1.Pod, old, s *v1.PodStatus) {
	for i := range s.ContainerStatuses {
		c := &s.ContainerStatuses[i]
		if spec := kubecontainer.GetContainerSpec(pod, c.Name); spec == nil || !apifield.IsSidecar(spec) {
			continue
		}
		before, _ := podutil.GetContainerStatus(old.ContainerStatuses, c.Name)
		showCompleted(&c.State, before.State.Terminated)
	}
}

// showCompleted shows the state of a container of a pod that has succeeded. before is its last termination that users know of.
func showCompleted(state *v1.ContainerState, before *v1.ContainerStateTerminated) {
	switch t, w := state.Terminated, state.Waiting; {
	case w != nil && w.Reason != "":
		// Without a reason, kubectl passes it over, and so do alerts on containers that wait.
		message := w.Reason
		if w.Message != "" {
			message += ": " + w.Message
		}
		state.Waiting = &v1.ContainerStateWaiting{Message: dependency.Shorten(neverBegan+message, dependency.MaxTextBytes)}
	case t == nil || t.Reason == completedReason:
	case before != nil && before.Reason == completedReason && before.ContainerID == t.ContainerID && before.ExitCode == t.ExitCode:
		// This or an earlier kubelet process has shown it with all that it knew.
		showEnded(state, completedReason, before.Message)
	case t.Reason == errorReason || t.Reason == "":
		showEnded(state, completedReason, t.Message)
	default:
		showEnded(state, completedReason, joinMessages(endedAs+t.Reason, t.Message))
	}
}
