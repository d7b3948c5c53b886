// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"cmp"
	"strconv"
)

// AnnotationPrefix followed by the name of a regular container or native sidecar is the key of the annotation with the
// container's Lifecycle as JSON or YAML. The annotation reaches kubelets behind an API server that does not know the field.
const AnnotationPrefix = "container.lifecycle.alpha.kubernetes.io/"

// Type is the role of a regular container or native sidecar in its pod.
type Type string

const (
	// Standard containers do the pod's work: they determine the pod's completion and phase.
	Standard Type = "Standard"
	// Sidecar containers serve Standard containers: they are ready before them, stop after them, and do not keep the pod
	// alive.
	Sidecar Type = "Sidecar"
)

// Condition is what must be true of a container before its dependent starts.
type Condition string

const (
	// Started means that the container runs, its postStart hook is done and its startup probe has passed.
	Started Condition = "Started"
	// Ready means that the container is Started and its readiness probe, if it has one, succeeds.
	Ready Condition = "Ready"
	// Completed means that the container has exited and will not restart.
	Completed Condition = "Completed"
	// Succeeded means that the container is Completed, with exit code 0 and by itself: the kubelet has not ended it. A
	// container that has Succeeded has done its part, and also counts as Started and Ready.
	Succeeded Condition = "Succeeded"
	// None always holds: the dependent does not wait, but still stops first.
	None Condition = "None"
)

// PreStopTiming is when the preStop hook of a container runs while its pod stops.
type PreStopTiming string

const (
	// InTurn runs the hook when it is the container's turn to stop, after all its dependents have stopped. It is the default
	// of regular containers: a hook that shuts a server down must not do it under its clients.
	InTurn PreStopTiming = "InTurn"
	// AtTermination runs the hook as soon as the pod begins to stop, beside the running dependents, as an early notice. The
	// stop signal still comes in turn. It is the default of native sidecars, as upstream has it.
	AtTermination PreStopTiming = "AtTermination"
)

// Lifecycle is the ordering that a container declares. A native sidecar may have all but DependsOn and the type Standard.
type Lifecycle struct {
	// Type of the container; empty means Standard.
	Type Type `json:"type,omitempty"`
	// DependsOn lists the containers that this one waits for.
	DependsOn []Dependency `json:"dependsOn,omitempty"`
	// Before lists the regular containers that wait for this one. What they wait for is the condition of the entry. The
	// name of a container that the pod does not have, and of an init container, which cannot wait, is ignored.
	Before []Dependency `json:"before,omitempty"`
	// PreStopTiming is when the container's preStop hook runs while the pod stops.
	PreStopTiming PreStopTiming `json:"preStopTiming,omitempty"`
	// StopTimeoutSeconds limits the time that this container has to stop, within the pod's grace period.
	StopTimeoutSeconds *int64 `json:"stopTimeoutSeconds,omitempty"`
}

// Dependency is an entry of DependsOn or Before. Exactly one of Container and Type is set.
type Dependency struct {
	// Container is the name of a regular container of the same pod, or of a native sidecar.
	Container string `json:"container,omitempty"`
	// Type stands for every other container of that type. A native sidecar is of type Sidecar if it says so.
	Type Type `json:"type,omitempty"`
	// Condition to wait for; empty means Ready. An entry by type may have Started, Ready or None: who injects a container
	// does not know which of the others end.
	Condition Condition `json:"condition,omitempty"`
	// Optional entries are ignored if the pod has no container of this name.
	Optional bool `json:"optional,omitempty"`
}

func (l *Lifecycle) isSidecar() bool { return l != nil && l.Type == Sidecar }

func (l *Lifecycle) preStopTiming() PreStopTiming {
	if l == nil {
		return ""
	}
	return l.PreStopTiming
}

func (d *Dependency) condition() Condition { return cmp.Or(d.Condition, Ready) }

// String names the target of the entry as messages do: "certs" in quotes, or type Sidecar without.
func (d *Dependency) String() string {
	if d.Type != "" {
		return "type " + string(d.Type)
	}
	return strconv.Quote(d.Container)
}
