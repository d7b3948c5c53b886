// SPDX-License-Identifier: Apache-2.0

package events

// Events and waiting reasons of container ordering. A reason that stands in a container's status has the same name as
// the event that goes with it.
const (
	// WaitingForDependencies: the container is held back until the containers that it waits for are where it needs them.
	WaitingForDependencies = "WaitingForDependencies"
	// DependenciesSatisfied: the wait that WaitingForDependencies began is over and the container is started.
	DependenciesSatisfied = "DependenciesSatisfied"
	// DependencyFailed: the container can never start. It is also the reason of a pod that failed for it.
	DependencyFailed = "DependencyFailed"
	// StoppingStage: the pod stops, and the containers that the event names are told to, as all that wait for them have stopped.
	StoppingStage = "StoppingStage"
	// ExceededStopLimit: the container did not stop within its share of the pod's grace period, and is killed.
	ExceededStopLimit = "ExceededStopLimit"
	// SidecarsNotRestarted: Sidecars of the pod have no restart policy of their own, and by the pod's they are not restarted.
	SidecarsNotRestarted = "SidecarsNotRestarted"
	// InvalidContainerLifecycle: the pod's container order cannot be followed, and nothing of the pod is started.
	InvalidContainerLifecycle = "InvalidContainerLifecycle"
)
