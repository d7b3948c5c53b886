// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/pkg/kubelet/kuberuntime"
	"k8s.io/kubernetes/pkg/kubelet/status"
)

// showPodOrder adds the effects of the order to a status that upstream has generated. It ignores the decisions on a
// stopping pod: a container that never started keeps its waiting reason.
func showPodOrder(pod *v1.Pod, order *kuberuntime.PodOrder, old, s *v1.PodStatus, stopping, terminal bool) {
	switch {
	case stopping:
		keepWaitingReasons(old, s)
		// Whatever ended the pod may have set this condition after upstream generated the status, from an older pod
		// object.
		carryCondition(old, s, v1.DisruptionTarget)
		if terminal {
			showLastTerminations(s)
		}
	case order.Invalid != nil:
		for _, statuses := range [][]v1.ContainerStatus{s.InitContainerStatuses, s.ContainerStatuses} {
			for i := range statuses {
				showWaiting(&statuses[i], events.InvalidContainerLifecycle, order.Invalid.Error())
			}
		}
	case order.Graph != nil:
		showGates(pod, order, s)
		if order.Decisions.Failed != "" && !anyRunning(s) {
			s.Phase, s.Reason, s.Message = v1.PodFailed, events.DependencyFailed, order.Decisions.Failed
			showTerminalConditions(pod, old, s)
		}
	}
	showExceededLimits(order.ExceededLimits, old, s)
	showStop(order.Stop, s)
}

// showGates sets the waiting reasons of the containers that are held back, once the pod's init containers are done.
func showGates(pod *v1.Pod, order *kuberuntime.PodOrder, s *v1.PodStatus) {
	if !initialized(pod, s) {
		return
	}
	for i := range s.ContainerStatuses {
		d := order.Decisions.Containers[s.ContainerStatuses[i].Name]
		switch d.Gate {
		case dependency.Waiting:
			showWaiting(&s.ContainerStatuses[i], events.WaitingForDependencies, d.Message)
		case dependency.Unreachable:
			showWaiting(&s.ContainerStatuses[i], events.DependencyFailed, d.Message)
		}
	}
}

// showWaiting sets a container that does not run to Waiting. Its termination in an earlier sandbox becomes its last
// termination.
func showWaiting(c *v1.ContainerStatus, reason, message string) {
	if c.State.Running != nil {
		return
	}
	if c.State.Terminated != nil {
		c.LastTerminationState = c.State
	}
	c.State = v1.ContainerState{Waiting: &v1.ContainerStateWaiting{Reason: reason, Message: message}}
}

// keepWaitingReasons keeps the old waiting reasons of containers that have not started.
func keepWaitingReasons(old, s *v1.PodStatus) {
	for i := range s.ContainerStatuses {
		c := &s.ContainerStatuses[i]
		before, found := podutil.GetContainerStatus(old.ContainerStatuses, c.Name)
		if found && c.State.Waiting != nil && before.State.Waiting != nil && c.LastTerminationState.Terminated == nil {
			c.State = *before.State.DeepCopy()
		}
	}
}

// showLastTerminations sets containers that were waiting for a restart when their pod ended to their last termination.
func showLastTerminations(s *v1.PodStatus) {
	for i := range s.ContainerStatuses {
		c := &s.ContainerStatuses[i]
		if c.State.Waiting != nil && c.LastTerminationState.Terminated != nil {
			c.State = v1.ContainerState{Terminated: c.LastTerminationState.Terminated}
			c.LastTerminationState = v1.ContainerState{}
		}
	}
}

// showTerminalConditions generates the conditions again that depend on the phase.
func showTerminalConditions(pod *v1.Pod, old, s *v1.PodStatus) {
	statuses := append(append([]v1.ContainerStatus{}, s.InitContainerStatuses...), s.ContainerStatuses...)
	for _, condition := range []v1.PodCondition{
		status.GeneratePodReadyCondition(pod, old, s.Conditions, statuses, s.Phase),
		status.GenerateContainersReadyCondition(pod, old, statuses, s.Phase),
	} {
		for i := range s.Conditions {
			if s.Conditions[i].Type == condition.Type {
				s.Conditions[i] = condition
			}
		}
	}
}

// initialized reports whether the init containers allow regular containers to start.
func initialized(pod *v1.Pod, s *v1.PodStatus) bool {
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		state, found := podutil.GetContainerStatus(s.InitContainerStatuses, c.Name)
		switch {
		case !found:
			return false
		case podutil.IsRestartableInitContainer(c):
			if state.Started == nil || !*state.Started {
				return false
			}
		case state.State.Terminated == nil || state.State.Terminated.ExitCode != 0:
			return false
		}
	}
	return true
}

func anyRunning(s *v1.PodStatus) bool {
	for _, statuses := range [][]v1.ContainerStatus{s.InitContainerStatuses, s.ContainerStatuses} {
		for i := range statuses {
			if statuses[i].State.Running != nil {
				return true
			}
		}
	}
	return false
}

// phaseOfStandardContainers keeps the phase Running while any container runs: a finished pod's volumes and addresses
// are reclaimed, which must not happen while a Sidecar is still stopping.
func phaseOfStandardContainers(pod *v1.Pod, info []v1.ContainerStatus, phase v1.PodPhase) v1.PodPhase {
	if phase != v1.PodSucceeded && phase != v1.PodFailed {
		return phase
	}
	for i := range pod.Spec.Containers {
		if c, found := podutil.GetContainerStatus(info, pod.Spec.Containers[i].Name); found && c.State.Running != nil {
			return v1.PodRunning
		}
	}
	return phase
}
