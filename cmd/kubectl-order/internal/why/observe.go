// SPDX-License-Identifier: Apache-2.0

package why

import (
	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// Reasons of the kubelet that a status has.
const (
	waitingForDependencies = "WaitingForDependencies"
	dependencyFailed       = "DependencyFailed"
	invalidLifecycle       = "InvalidContainerLifecycle"
	stoppedByKubelet       = "StoppedByKubelet"
	crashLoop              = "CrashLoopBackOff"
)

// policy is the effective restart policy of a container.
func policy(pod *v1.Pod, c *v1.Container) v1.RestartPolicy {
	switch {
	case c.RestartPolicy != nil:
		return v1.RestartPolicy(*c.RestartPolicy)
	case pod.Spec.RestartPolicy == "":
		return v1.RestartPolicyAlways
	}
	return pod.Spec.RestartPolicy
}

// observe is what the policy package needs to know, as far as a status says it. A status does not say in which sandbox a container ran:
// one that waits is taken for one that has not run in this one.
func observe(pod *v1.Pod, c *v1.Container, s *v1.ContainerStatus) dependency.Observation {
	if s == nil {
		return dependency.Observation{}
	}
	exited := func(t *v1.ContainerStateTerminated) dependency.Observation {
		p := policy(pod, c)
		return dependency.Observation{
			State: dependency.Exited, Active: true, Since: t.FinishedAt.Time, ExitCode: t.ExitCode, Attempted: true,
			Restarts: p == v1.RestartPolicyAlways || p == v1.RestartPolicyOnFailure && t.ExitCode != 0,
			Stopped:  t.Reason == stoppedByKubelet, Started: c.StartupProbe == nil && (c.Lifecycle == nil || c.Lifecycle.PostStart == nil),
		}
	}
	switch {
	case s.State.Running != nil:
		return dependency.Observation{
			State: dependency.Running, Active: true, Since: s.State.Running.StartedAt.Time, Started: s.Started != nil && *s.Started,
			Ready: s.Ready, Attempted: true,
		}
	case s.State.Terminated != nil:
		return exited(s.State.Terminated)
	case s.State.Waiting != nil && s.State.Waiting.Reason == crashLoop && s.LastTerminationState.Terminated != nil:
		o := exited(s.LastTerminationState.Terminated)
		o.Restarts = true
		return o
	}
	return dependency.Observation{}
}

// decide returns the decisions that follow from the status.
func (a *asking) decide() map[string]dependency.Decision {
	if a.graph == nil {
		return nil
	}
	observed := dependency.PodObservation{Containers: map[string]dependency.Observation{}, Outdated: true}
	for _, list := range [][]v1.Container{a.pod.Spec.InitContainers, a.pod.Spec.Containers} {
		for i := range list {
			observed.Containers[list[i].Name] = observe(a.pod, &list[i], a.statuses[list[i].Name])
		}
	}
	return a.graph.Decide(observed).Containers
}
