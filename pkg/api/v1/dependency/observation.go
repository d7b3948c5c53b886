// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"maps"
	"time"
)

// State is what the runtime says of a container's newest record.
type State string

const (
	// NoRecord means that the runtime has no record of the container in any sandbox.
	NoRecord State = ""
	// Created means that the container exists and has not been started, or the runtime cannot say what it is doing.
	Created State = "Created"
	// Running means that the container's process runs.
	Running State = "Running"
	// Exited means that the container's process has ended.
	Exited State = "Exited"
)

// Observation is what is known of one container at one moment.
type Observation struct {
	// State of the newest record of the container, in any sandbox.
	State State
	// Active tells whether that record belongs to the active sandbox.
	Active bool
	// Starting tells whether a start of the container is in flight. Its record, if it has one, says less than that.
	Starting bool
	// Since is when the present state began: when the process started or ended. It may be zero.
	Since time.Time
	// ExitCode of an Exited container.
	ExitCode int32
	// Restarts tells whether an Exited container will be restarted, by its effective restart policy and rules. The
	// deletion of the pod does not enter into it.
	Restarts bool
	// Started tells whether the container's postStart hook is done and its startup probe has passed. For an Exited
	// container: whether that was so before it exited.
	Started bool
	// Ready tells whether the kubelet's own probe says that a Running container is ready. A container without a
	// readiness probe is Ready when it is Started.
	Ready bool
	// PulledAhead tells whether the pull of the container's image ahead of its start has ended, well or not.
	PulledAhead bool
	// PullError says why that pull failed; it is empty when it did not.
	PullError string
}

// finished tells whether the container has exited and will not be restarted.
func (o *Observation) finished() bool { return o.State == Exited && !o.Restarts && !o.Starting }

// hasImage tells whether the container has had its turn at pulling its image.
func (o *Observation) hasImage() bool {
	return o.PulledAhead || (o.Active && o.State != NoRecord) || o.finished()
}

// PodObservation is what is known of a pod at one moment.
type PodObservation struct {
	// Containers by name: regular containers and native sidecars. A missing one has no record.
	Containers map[string]Observation
	// SandboxLost means that the pod has no sandbox and will get no new one, so that nothing more can be started.
	SandboxLost bool
	// Outdated means that a start has ended since the runtime was asked: a container that is Exited here may run again, so
	// nothing follows that cannot be taken back.
	Outdated bool
}

// Equal reports whether the same follows from both observations.
func (p PodObservation) Equal(other PodObservation) bool {
	return p.SandboxLost == other.SandboxLost && p.Outdated == other.Outdated && maps.Equal(p.Containers, other.Containers)
}
