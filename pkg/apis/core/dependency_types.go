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
	// DependsOn lists the containers whose conditions must hold before this container starts, and which stop after it.
	// +featureGate=ContainerDependencies
	// +optional
	DependsOn []ContainerDependency
	// Before lists names of containers that wait for this one to be Ready; "*" stands for every Standard container without
	// "*" in its own list. Names that the pod does not have are ignored.
	// +featureGate=ContainerDependencies
	// +optional
	Before []string
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

// ContainerDependency is a container that another container of the same pod waits for.
type ContainerDependency struct {
	// Container is the name of a container of the pod, or of an init container whose restart policy is Always.
	Container string
	// Condition is what must be true of that container. Empty means Ready.
	// +optional
	Condition ContainerDependencyCondition
	// Optional means that this entry is ignored if the pod has no such container. Nil means false: the pod is then invalid.
	// +optional
	Optional *bool
}

// ContainerDependencyCondition is a state of a container that another container can wait for.
type ContainerDependencyCondition string

const (
	// ContainerDependencyStarted holds when the container runs, its postStart hook is done and its startup probe, if it has
	// one, has passed.
	ContainerDependencyStarted ContainerDependencyCondition = "Started"
	// ContainerDependencyReady holds when the container is Started and its readiness probe, if it has one, passes.
	ContainerDependencyReady ContainerDependencyCondition = "Ready"
	// ContainerDependencyCompleted holds when the container has exited and will not be restarted.
	ContainerDependencyCompleted ContainerDependencyCondition = "Completed"
	// ContainerDependencySucceeded holds when the container is Completed and its exit code was 0.
	ContainerDependencySucceeded ContainerDependencyCondition = "Succeeded"
)
