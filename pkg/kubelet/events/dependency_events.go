// SPDX-License-Identifier: Apache-2.0

package events

// Events and waiting reasons of container ordering. A waiting reason and its event have the same name.
const (
	// WaitingForDependencies: the container is held back until its dependencies are satisfied.
	WaitingForDependencies = "WaitingForDependencies"
	// DependenciesSatisfied: the wait reported by WaitingForDependencies is over, and the container starts.
	DependenciesSatisfied = "DependenciesSatisfied"
	// DependencyFailed: the container can never start. It is also the reason of a pod that failed because of that.
	DependencyFailed = "DependencyFailed"
	// StoppingStage: the pod is stopping, and the named containers are told to stop, because all their dependents have
	// stopped.
	StoppingStage = "StoppingStage"
	// ExceededStopLimit: the container did not stop within its share of the pod's grace period, and is killed.
	ExceededStopLimit = "ExceededStopLimit"
	// StoppedByKubelet: the kubelet ended the container for a failed hook or probe, say, and it is not restarted. So it has not
	// Succeeded, although its exit code is 0. It is a reason of container statuses alone.
	StoppedByKubelet = "StoppedByKubelet"
	// SidecarsNotRestarted: some Sidecars have no restart policy of their own, and the pod's does not restart them.
	SidecarsNotRestarted = "SidecarsNotRestarted"
	// InvalidContainerLifecycle: the pod's container order cannot be followed, and none of its containers start.
	InvalidContainerLifecycle = "InvalidContainerLifecycle"
)
