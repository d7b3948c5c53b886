// SPDX-License-Identifier: Apache-2.0

package core

// lifecycleOrder has the ordering fields of Lifecycle. They have the same order as in k8s.io/api/core/v1, because the
// generated conversions of Lifecycle cast one struct to the other.
//
//upstream:extend Lifecycle body=a587d65ef83b7d98
type lifecycleOrder struct {
	// Type is the role of this container in its pod. Nil means Standard.
	// +featureGate=ContainerDependencies
	// +optional
	Type *LifecycleType
	// DependsOn lists containers whose conditions must hold before this container starts, and which stop after it.
	// +featureGate=ContainerDependencies
	// +optional
	DependsOn []ContainerDependency
	// Before lists containers that wait for this one: the same entries from the other side. Names that the pod does not have
	// are ignored.
	// +featureGate=ContainerDependencies
	// +optional
	Before []ContainerDependency
	// PreStopTiming is when the preStop hook runs while the pod terminates. Nil means AtTermination for an init container
	// whose restart policy is Always, and InTurn for any other container.
	// +featureGate=ContainerDependencies
	// +optional
	PreStopTiming *PreStopTiming
	// StopTimeoutSeconds is the time in seconds that this container may take to stop when the pod is terminated, within the
	// pod's grace period.
	// +featureGate=ContainerDependencies
	// +optional
	StopTimeoutSeconds *int64
}

// LifecycleType is the role of a container in its pod.
type LifecycleType string

const (
	// LifecycleTypeStandard is a container that does the pod's work: it counts towards the pod's completion and phase.
	LifecycleTypeStandard LifecycleType = "Standard"
	// LifecycleTypeSidecar is a container that serves Standard containers: it is Ready before them, stopped after them, and
	// does not count towards the pod's completion and phase.
	LifecycleTypeSidecar LifecycleType = "Sidecar"
)

// PreStopTiming is when the preStop hook of a container runs while the pod terminates.
type PreStopTiming string

const (
	// PreStopTimingInTurn means that the hook runs when it is the turn of the container to stop: all containers that wait for it
	// have stopped.
	PreStopTimingInTurn PreStopTiming = "InTurn"
	// PreStopTimingAtTermination means that the hook runs as soon as the pod begins to terminate, while containers that wait
	// for this one are still running.
	PreStopTimingAtTermination PreStopTiming = "AtTermination"
)

// ContainerDependency selects containers of a pod, by name or by type, and the condition on which one container waits for
// another. Exactly one of Container and Type is set.
type ContainerDependency struct {
	// Container is the name of a container of the pod, or of an init container whose restart policy is Always.
	// +optional
	Container string
	// Type selects all other containers of this type.
	// +optional
	Type LifecycleType
	// Condition is what must be true of a container before the container that waits for it starts. Empty means Ready.
	// +optional
	Condition ContainerDependencyCondition
	// Optional means that this entry is ignored if the pod has no such container. Nil means false: the pod is then invalid.
	// +optional
	Optional *bool
}

// ContainerDependencyCondition is what must be true of a container before a container that waits for it starts.
type ContainerDependencyCondition string

const (
	// ContainerDependencyStarted holds when the container runs, its postStart hook is done and its startup probe, if it has
	// one, has passed. It also holds when the container has Succeeded.
	ContainerDependencyStarted ContainerDependencyCondition = "Started"
	// ContainerDependencyReady holds when the container is Started and its readiness probe, if it has one, passes. It also holds
	// when the container has Succeeded.
	ContainerDependencyReady ContainerDependencyCondition = "Ready"
	// ContainerDependencyCompleted holds when the container has exited and will not be restarted.
	ContainerDependencyCompleted ContainerDependencyCondition = "Completed"
	// ContainerDependencySucceeded holds when the container has exited by itself with exit code 0 and will not be restarted.
	ContainerDependencySucceeded ContainerDependencyCondition = "Succeeded"
	// ContainerDependencyNone always holds: the containers start independently of each other, and only stop in order.
	ContainerDependencyNone ContainerDependencyCondition = "None"
)
