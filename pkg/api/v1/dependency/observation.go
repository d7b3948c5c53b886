// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"maps"
	"time"
)

// State is the runtime's state of a container's newest record.
type State string

const (
	// NoRecord means that the runtime has no record of the container in any sandbox.
	NoRecord State = ""
	// Created means that the container exists and has not started, or that the runtime reports an unknown state.
	Created State = "Created"
	// Running means that the container's process runs.
	Running State = "Running"
	// Exited means that the container's process has ended.
	Exited State = "Exited"
)

// Observation is the observed state of one container at one moment.
type Observation struct {
	// State of the newest record of the container, in any sandbox.
	State State
	// Active reports whether that record belongs to the active sandbox.
	Active bool
	// Starting reports whether a start of the container is in flight. It takes precedence over the container's record.
	Starting bool
	// Since is when the current state began: when the process started or exited. It may be zero.
	Since time.Time
	// ExitCode of an Exited container.
	ExitCode int32
	// Restarts reports whether an Exited container will restart, by its effective restart policy and rules. It does not
	// depend on whether the pod is being deleted.
	Restarts bool
	// RestartsAll reports whether the exit of an Exited container restarts all containers of the pod, by its rules.
	RestartsAll bool
	// Stopped reports whether the kubelet ended an Exited container, for a failed hook or probe, say: whatever its exit code,
	// it has not Succeeded.
	Stopped bool
	// Attempted reports whether a start of the container in the active sandbox has ended, well or not, also one that left
	// no record, because the image could not be pulled, say. It takes precedence over Starting. That of a container which
	// runs goes without saying.
	Attempted bool
	// Started reports whether the container's postStart hook is done and its startup probe has passed. For an Exited
	// container: whether both had happened before it exited.
	Started bool
	// Ready reports whether a Running container is ready by the kubelet's own probe result. A container without a
	// readiness probe is Ready once it is Started.
	Ready bool
	// PulledAhead reports whether the ahead-of-time pull of the container's image has ended, successfully or not.
	PulledAhead bool
	// PullError is the error of that pull. It is empty if the pull did not fail.
	PullError string
}

// finished reports whether the container has exited and will not restart.
func (o *Observation) finished() bool { return o.State == Exited && !o.Restarts && !o.Starting }

// succeeded reports whether the container has done its part: it has exited for good, with code 0 and by itself.
func (o *Observation) succeeded() bool { return o.finished() && o.ExitCode == 0 && !o.Stopped }

// startEnded reports whether a start of the container in the active sandbox has ended, or there will be none. A former kubelet
// process may have left what was only created, and what exited before its hook was done: both start again.
func (o *Observation) startEnded() bool {
	return o.Attempted || o.finished() || o.State == Running && o.Active && !o.Starting
}

// settled reports whether the container's gate has opened in the active sandbox.
func (o *Observation) settled() bool { return o.Starting || (o.Active && o.State != NoRecord) }

// hasImage reports whether the container has had its turn to pull its image.
func (o *Observation) hasImage() bool {
	return o.PulledAhead || o.Attempted || (o.Active && o.State != NoRecord) || o.finished()
}

// PodObservation is the observed state of a pod at one moment.
type PodObservation struct {
	// Containers by name: regular containers and native sidecars. A missing one has no record.
	Containers map[string]Observation
	// SandboxLost means that the pod has no sandbox and will not get a new one, so no further container can start.
	SandboxLost bool
	// Outdated means that a start has ended since the runtime reported these states. A container that is Exited here may
	// run again, so Decide makes no irreversible decision.
	Outdated bool
}

// Equal reports whether both observations lead to the same decisions.
func (p PodObservation) Equal(other PodObservation) bool {
	return p.SandboxLost == other.SandboxLost && p.Outdated == other.Outdated && maps.Equal(p.Containers, other.Containers)
}
