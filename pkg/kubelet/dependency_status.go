// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/pkg/kubelet/kuberuntime"
	"k8s.io/kubernetes/pkg/kubelet/status"
)

// showPodOrder adds the effects of the order to a status that upstream has generated. It ignores the gates of a stopping
// or complete pod: a container that never started keeps its waiting reason.
func showPodOrder(pod *v1.Pod, order *kuberuntime.PodOrder, old, s *v1.PodStatus, stopping, terminal bool) {
	switch {
	case stopping:
		keepWaitingReasons(old, s)
		// Whatever ended the pod may have set this condition after upstream generated the status, from an older pod
		// object.
		carryCondition(old, s, v1.DisruptionTarget)
	case order.Invalid != nil:
		showInvalid(order.Invalid, s)
	case order.Decisions.Complete:
		keepWaitingReasons(old, s)
	case order.Decisions.Restarting:
		// The gates are armed again in a moment.
	case order.Graph != nil:
		showGates(pod, order, s)
		if order.Decisions.Failed != "" && !anyRunning(s) {
			s.Phase, s.Reason, s.Message = v1.PodFailed, events.DependencyFailed, order.Decisions.Failed
			showTerminalConditions(pod, old, s)
		}
	}
	if terminal || order.Decisions.Complete || order.Decisions.Failed != "" {
		showLastTerminations(s)
	}
	showExceededLimits(order.ExceededLimits, old, s)
	showStoppedAlone(order.StoppedAlone, s)
	if (stopping || terminal || order.Decisions.Complete) && hasSucceeded(pod, s) {
		showLastTerminations(s)
		showSucceeded(pod, old, s)
	}
	if stopping || order.Decisions.Complete || order.Decisions.Failed != "" {
		showNoRestart(pod, s)
	}
	showStop(order.Stop, s)
}

// showInvalid shows why the pod is held. The text, which may be long, is in the status once: every container points there.
// A pod that has ended keeps the reason of its end.
func showInvalid(invalid error, s *v1.PodStatus) {
	if podutil.IsPodPhaseTerminal(s.Phase) {
		return
	}
	s.Reason, s.Message = events.InvalidContainerLifecycle, invalid.Error()
	for _, statuses := range [][]v1.ContainerStatus{s.InitContainerStatuses, s.ContainerStatuses} {
		for i := range statuses {
			if c := &statuses[i]; c.State.Running == nil && c.State.Terminated == nil {
				c.State = waiting(events.InvalidContainerLifecycle, seePodStatus)
			}
		}
	}
}

// seePodStatus is the message of the containers of a held pod.
const seePodStatus = "the order of the pod's containers is invalid: see the message of the pod's status"

// dropInvalid removes the reason of a pod that is held no longer. Upstream keeps a reason as long as the phase stays the
// same.
func dropInvalid(s *v1.PodStatus) {
	if s.Reason == events.InvalidContainerLifecycle {
		s.Reason, s.Message = "", ""
	}
}

// showGates sets the waiting reasons of the containers that are held back, once the pod's init containers are done.
func showGates(pod *v1.Pod, order *kuberuntime.PodOrder, s *v1.PodStatus) {
	if !initialized(pod, s) {
		return
	}
	for i := range s.ContainerStatuses {
		c := &s.ContainerStatuses[i]
		if order.Decisions.Failed != "" && c.State.Terminated != nil {
			// It has run, and stays as it ended.
			continue
		}
		switch d := order.Decisions.Containers[c.Name]; d.Gate {
		case dependency.Waiting:
			showWaiting(pod, c, events.WaitingForDependencies, d.Message)
		case dependency.Unreachable:
			showWaiting(pod, c, events.DependencyFailed, d.Message)
		}
	}
}

// showWaiting sets a container that does not run to Waiting. Its termination in an earlier sandbox becomes its last
// termination if the pod allows its restart: otherwise the status manager and the API server would refuse the whole status. They go
// by the termination that they know, which is an older one if the runtime has lost a container.
func showWaiting(pod *v1.Pod, c *v1.ContainerStatus, reason, message string) {
	if c.State.Running != nil {
		return
	}
	if c.State.Terminated != nil {
		if !mayRestart(pod, c.Name, c.State.Terminated.ExitCode) {
			return
		}
		last, known := podutil.GetContainerStatus(pod.Status.ContainerStatuses, c.Name)
		if known && last.State.Terminated != nil && !mayRestart(pod, c.Name, last.State.Terminated.ExitCode) {
			return
		}
		c.LastTerminationState = c.State
	}
	c.State = waiting(reason, message)
}

func waiting(reason, message string) v1.ContainerState {
	return v1.ContainerState{Waiting: &v1.ContainerStateWaiting{Reason: reason, Message: message}}
}

// mayRestart reports whether the policies and rules of the pod allow a restart of the regular container after that exit code.
func mayRestart(pod *v1.Pod, name string, exitCode int32) bool {
	for i := range pod.Spec.Containers {
		if c := pod.Spec.Containers[i]; c.Name == name {
			if !utilfeature.DefaultFeatureGate.Enabled(features.ContainerRestartRules) {
				c.RestartPolicy = nil
			}
			return podutil.ContainerShouldRestart(c, pod.Spec, exitCode)
		}
	}
	return false
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

// showLastTerminations sets containers that wait for a restart, which will not come because the pod ends, to their last
// termination.
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
		status.GenerateAllContainersRestartingCondition(pod, nil, old, s.Phase),
	} {
		for i := range s.Conditions {
			if s.Conditions[i].Type == condition.Type {
				s.Conditions[i] = condition
			}
		}
	}
}

// showNoRestart takes back that all containers are restarting: nothing starts again in a pod that is ending, whatever the
// restart rules say about the exit codes of the containers that are being stopped.
func showNoRestart(pod *v1.Pod, s *v1.PodStatus) {
	if _, c := podutil.GetPodCondition(s, v1.AllContainersRestarting); c != nil {
		*c = status.GenerateAllContainersRestartingCondition(pod, nil, nil, s.Phase)
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
