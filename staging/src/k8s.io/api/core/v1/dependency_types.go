// SPDX-License-Identifier: Apache-2.0

package v1

// lifecycleOrder has the ordering fields of Lifecycle.
//
//upstream:extend Lifecycle body=67880e76a1b25d2b
type lifecycleOrder struct {
	// Type is the role of this container in its pod: Standard or Sidecar. A Standard container does the pod's work: the
	// pod is complete when all of them have finished, and they alone decide whether it succeeded. A Sidecar serves the
	// Standard containers: each of them waits for it to be Ready and is stopped before it, and it is stopped when they have
	// finished. A wait that dependsOn or before of other containers contradict is dropped. At least one container of a pod
	// must be Standard. May not be set on init containers and ephemeral containers. Defaults to Standard.
	// This is an alpha field and requires the ContainerDependencies feature gate.
	// +featureGate=ContainerDependencies
	// +optional
	Type *LifecycleType `json:"type,omitempty" protobuf:"bytes,1001,opt,name=type,casttype=LifecycleType"`
	// DependsOn lists the containers of this pod that this container waits for. It is started when the condition of every
	// entry holds, and they are stopped after it. A container that has been started waits no more when it is restarted in
	// the same pod sandbox. Containers may not wait for one another in a circle, nor for themselves.
	// May not be set on init containers and ephemeral containers.
	// This is an alpha field and requires the ContainerDependencies feature gate.
	// +featureGate=ContainerDependencies
	// +optional
	// +patchMergeKey=container
	// +patchStrategy=merge
	// +listType=map
	// +listMapKey=container
	DependsOn []ContainerDependency `json:"dependsOn,omitempty" patchStrategy:"merge" patchMergeKey:"container" protobuf:"bytes,1002,rep,name=dependsOn"`
	// Before lists names of containers that wait for this container to be Ready, as if each of them had this container in
	// its dependsOn. What such a container says in its own dependsOn about this one takes precedence. "*" stands for every
	// Standard container without "*" in its own list. A name that the pod does not have is ignored. May not be set on init
	// containers and ephemeral containers.
	// This is an alpha field and requires the ContainerDependencies feature gate.
	// +featureGate=ContainerDependencies
	// +optional
	// +listType=set
	Before []string `json:"before,omitempty" protobuf:"bytes,1003,rep,name=before"`
	// StopTimeoutSeconds is the time in seconds that this container may take to stop when the pod is terminated, its preStop
	// hook included, from the moment when it is its turn. After that it is killed. Must be at least 1 and at most the
	// terminationGracePeriodSeconds of the pod, which goes on to limit all containers together. Defaults to what is left of
	// that period, less 2 seconds for each group of containers that is stopped later. May not be set on init containers and
	// ephemeral containers.
	// This is an alpha field and requires the ContainerDependencies feature gate.
	// +featureGate=ContainerDependencies
	// +optional
	StopTimeoutSeconds *int64 `json:"stopTimeoutSeconds,omitempty" protobuf:"varint,1004,opt,name=stopTimeoutSeconds"`
}

// LifecycleType is the role of a container in its pod.
// +enum
type LifecycleType string

const (
	// LifecycleTypeStandard is a container that does the pod's work: it counts for the pod's completion and phase.
	LifecycleTypeStandard LifecycleType = "Standard"
	// LifecycleTypeSidecar is a container that serves Standard containers: it is Ready before them, stopped after them, and
	// does not count for the pod's completion and phase.
	LifecycleTypeSidecar LifecycleType = "Sidecar"
)

// ContainerDependency is a container that another container of the same pod waits for.
type ContainerDependency struct {
	// Container is the name of the container to wait for. It is one of the containers of this pod, or one of its
	// initContainers whose restartPolicy is Always; all other init containers have finished anyway, and may not be named.
	// Required.
	Container string `json:"container" protobuf:"bytes,1,opt,name=container"`
	// Condition is what must be true of that container. Started: it runs, its postStart hook is done and its startup probe
	// has passed. Ready: it is Started and its readiness probe passes, if it has one. Completed: it has exited and its restart
	// policy does not start it again. Succeeded: it is Completed, with exit code 0. Completed and Succeeded may not be used for
	// a container that is always restarted, nor by a Sidecar for a Standard container. Defaults to Ready.
	// +optional
	Condition ContainerDependencyCondition `json:"condition,omitempty" protobuf:"bytes,2,opt,name=condition,casttype=ContainerDependencyCondition"`
	// Optional tells what a container means that the pod does not have: true ignores this entry, false makes the pod
	// invalid. It does not make the condition of a container that exists optional. Defaults to false.
	// +optional
	Optional *bool `json:"optional,omitempty" protobuf:"varint,3,opt,name=optional"`
}

// ContainerDependencyCondition is a state of a container that another container can wait for.
// +enum
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
