// SPDX-License-Identifier: Apache-2.0

package v1

// lifecycleOrder has the ordering fields of Lifecycle.
//
//upstream:extend Lifecycle body=67880e76a1b25d2b
type lifecycleOrder struct {
	// Type is the role of this container in its Pod. A Standard container does the work of the Pod: the Pod is complete
	// when all of its Standard containers have finished, and they alone decide whether it has succeeded. A Sidecar serves
	// the Standard containers: it is stopped when they have finished, and each of them waits for it to be Ready and is
	// stopped before it, unless dependsOn or before of any container says otherwise.
	//
	// At least one container of a Pod must be Standard. An init container with restartPolicy Always can only be a Sidecar;
	// other init containers and ephemeral containers must not have a type. A Sidecar that is not an init container and has
	// no restartPolicy of its own gets the restartPolicy Always. If not specified, the container is Standard.
	//
	// This is an alpha field and requires enabling the ContainerDependencies feature gate.
	// +featureGate=ContainerDependencies
	// +optional
	Type *LifecycleType `json:"type,omitempty" protobuf:"bytes,1001,opt,name=type,casttype=LifecycleType"`
	// DependsOn lists containers of this Pod, by name or by type, that this container waits for. It is started when the
	// condition of every entry holds, and it is stopped before the containers that it waits for. A container that has been
	// started does not wait again when it is restarted in the same Pod sandbox.
	//
	// A container cannot wait for itself, and entries by name must not form a cycle. An entry by name takes precedence over
	// an entry by type, and an entry by type over what follows from the types of two containers. An entry by type is ignored
	// for a container if the two would otherwise wait for each other, directly or through other containers.
	//
	// Each name and each type can be listed once. Must not be set on init containers and ephemeral containers.
	//
	// This is an alpha field and requires enabling the ContainerDependencies feature gate.
	// +featureGate=ContainerDependencies
	// +optional
	// +listType=map
	// +listMapKey=container
	// +listMapKey=type
	DependsOn []ContainerDependency `json:"dependsOn,omitempty" protobuf:"bytes,1002,rep,name=dependsOn"`
	// Before lists containers of this Pod, by name or by type, that wait for this container, as if each of them had an entry
	// for this container with the same condition in its dependsOn. An entry by name for this container in the dependsOn of
	// such a container takes precedence over an entry by name here, and an entry by type over an entry by type. A name that
	// the Pod does not have is ignored.
	//
	// Each name and each type can be listed once. Must not be set on ephemeral containers, nor on init containers unless
	// their restartPolicy is Always.
	//
	// This is an alpha field and requires enabling the ContainerDependencies feature gate.
	// +featureGate=ContainerDependencies
	// +optional
	// +listType=map
	// +listMapKey=container
	// +listMapKey=type
	Before []ContainerDependency `json:"before,omitempty" protobuf:"bytes,1003,rep,name=before"`
	// PreStopTiming is when the preStop hook of this container runs while the Pod terminates. In either case, the stop signal
	// is sent when it is the turn of the container. PreStopTiming has no effect if the container has no preStop hook, or is
	// stopped for another reason than the termination of the Pod, such as a failed liveness probe.
	//
	// If not specified, the hook of an init container with restartPolicy Always runs AtTermination, and that of any other
	// container InTurn. Must not be set on ephemeral containers, nor on init containers unless their restartPolicy is Always.
	//
	// This is an alpha field and requires enabling the ContainerDependencies feature gate.
	// +featureGate=ContainerDependencies
	// +optional
	PreStopTiming *PreStopTiming `json:"preStopTiming,omitempty" protobuf:"bytes,1005,opt,name=preStopTiming,casttype=PreStopTiming"`
	// StopTimeoutSeconds is the time in seconds that this container may take to stop while the Pod terminates, from the
	// moment when it is its turn; a preStop hook that runs InTurn is part of that time. The container is killed when the time
	// is over. Must be at least 1 and at most the terminationGracePeriodSeconds of the Pod, which also limits all containers
	// together.
	//
	// If not specified, the container may take what is left of the terminationGracePeriodSeconds, less 2 seconds for each
	// group of containers that is stopped later. Must not be set on ephemeral containers, nor on init containers unless their
	// restartPolicy is Always.
	//
	// This is an alpha field and requires enabling the ContainerDependencies feature gate.
	// +featureGate=ContainerDependencies
	// +optional
	StopTimeoutSeconds *int64 `json:"stopTimeoutSeconds,omitempty" protobuf:"varint,1004,opt,name=stopTimeoutSeconds"`
}

// LifecycleType is the role of a container in its Pod.
// +enum
type LifecycleType string

const (
	// LifecycleTypeStandard is a container that does the work of the Pod: it counts for the completion and the phase of the Pod.
	LifecycleTypeStandard LifecycleType = "Standard"
	// LifecycleTypeSidecar is a container that serves Standard containers: it is Ready before them, stopped after them, and
	// does not count for the completion and the phase of the Pod.
	LifecycleTypeSidecar LifecycleType = "Sidecar"
)

// PreStopTiming is when the preStop hook of a container runs while the Pod terminates.
// +enum
type PreStopTiming string

const (
	// PreStopTimingInTurn means that the hook runs when it is the turn of the container to stop: all containers that wait for it
	// have stopped.
	PreStopTimingInTurn PreStopTiming = "InTurn"
	// PreStopTimingAtTermination means that the hook runs as soon as the Pod begins to terminate, while containers that wait
	// for this one are still running.
	PreStopTimingAtTermination PreStopTiming = "AtTermination"
)

// ContainerDependency selects containers of a Pod, by name or by type, and the condition on which one container waits for
// another. Exactly one of container and type must be set.
type ContainerDependency struct {
	// Container is the name of a container of this Pod. In dependsOn, it can also be the name of an init container with
	// restartPolicy Always.
	// +optional
	// +default=""
	// +oneOf=Target
	Container string `json:"container,omitempty" protobuf:"bytes,1,opt,name=container"`
	// Type selects all other containers of this Pod that have this type.
	// +optional
	// +default=""
	// +oneOf=Target
	Type LifecycleType `json:"type,omitempty" protobuf:"bytes,4,opt,name=type,casttype=LifecycleType"`
	// Condition is what must be true of a container before the container that waits for it is started. Completed and Succeeded
	// must not be used with a type, for a container that is restarted whenever it exits, nor when a Sidecar waits for a
	// Standard container. Defaults to Ready.
	// +optional
	// +default="Ready"
	Condition ContainerDependencyCondition `json:"condition,omitempty" protobuf:"bytes,2,opt,name=condition,casttype=ContainerDependencyCondition"`
	// Optional specifies what happens if the Pod has no container of this name that can be selected: if true, this entry is
	// ignored, and if false, the Pod is invalid. It does not make the condition optional for a container that exists. It has
	// no effect with a type, which may select no container, nor in before for a name that the Pod does not have, which is
	// always ignored. Defaults to false.
	// +optional
	Optional *bool `json:"optional,omitempty" protobuf:"varint,3,opt,name=optional"`
}

// ContainerDependencyCondition is what must be true of a container before a container that waits for it is started.
// +enum
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
	// ContainerDependencyNone always holds: the containers are started independently of each other, and only stopped in order.
	ContainerDependencyNone ContainerDependencyCondition = "None"
)
