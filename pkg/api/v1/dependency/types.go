// SPDX-License-Identifier: Apache-2.0

package dependency

// AnnotationPrefix followed by the name of a regular container is the key of the annotation with the container's Lifecycle
// as JSON or YAML. The annotation reaches kubelets behind an API server that does not know the field.
const AnnotationPrefix = "container.lifecycle.alpha.kubernetes.io/"

// Wildcard stands for every Standard container in Lifecycle.Before.
const Wildcard = "*"

// Type is the role of a regular container in its pod.
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
	// Succeeded means that the container is Completed, with exit code 0.
	Succeeded Condition = "Succeeded"
)

// Lifecycle is the ordering that a container declares.
type Lifecycle struct {
	// Type of the container; empty means Standard.
	Type Type `json:"type,omitempty"`
	// DependsOn lists the containers that this one waits for.
	DependsOn []Dependency `json:"dependsOn,omitempty"`
	// Before lists containers that wait for this one to be Ready. A name that the pod does not have is ignored;
	// "*" stands for every Standard container that does not use the wildcard itself.
	Before []string `json:"before,omitempty"`
	// StopTimeoutSeconds limits the time that this container has to stop, within the pod's grace period.
	StopTimeoutSeconds *int64 `json:"stopTimeoutSeconds,omitempty"`
}

// Dependency is one container that another one waits for.
type Dependency struct {
	// Container is the name of a regular container or of a native sidecar of the same pod.
	Container string `json:"container"`
	// Condition to wait for; empty means Ready.
	Condition Condition `json:"condition,omitempty"`
	// Optional dependencies are ignored when the pod has no such container.
	Optional bool `json:"optional,omitempty"`
}

func (l *Lifecycle) isSidecar() bool { return l != nil && l.Type == Sidecar }

func (l *Lifecycle) hasWildcard() bool {
	if l == nil {
		return false
	}
	for _, name := range l.Before {
		if name == Wildcard {
			return true
		}
	}
	return false
}

func (d Dependency) condition() Condition {
	if d.Condition == "" {
		return Ready
	}
	return d.Condition
}
