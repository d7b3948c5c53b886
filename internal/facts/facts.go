// SPDX-License-Identifier: Apache-2.0

// Package facts records what was observed of one pod. Times of starts and ends are the container runtime's own; changes of the
// kubelet's status are known to within the polling interval; the kubelet's log has the time at which it began to stop a container. The
// package does not query anything: callers feed a Recorder.
package facts

import (
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
)

// Pod is what is known about the pod.
type Pod struct {
	Name          string
	RestartPolicy v1.RestartPolicy
	// Begin is when the manifest was put in place, End when the last container had ended. End is zero until then.
	Begin, End time.Time
	// Withdrawn is when the manifest was removed, if it was.
	Withdrawn time.Time
	// Phase is empty until the kubelet has reported one.
	Phase           v1.PodPhase
	Reason, Message string
	// Page is what a page of the pod said when all containers were up, nil if it was not read.
	Page       *Page
	Containers []*Container
}

// Page is the answer to an HTTP request, or the problem with it.
type Page struct{ URL, Text, Problem string }

// Container is what is known about one container.
type Container struct {
	Traits
	// Runs are the runtime's records, oldest first.
	Runs []*Run
	// Waits are the container's waiting states as the kubelet reported them.
	Waits []Wait
	// Started and Ready are the changes of these fields of the container status.
	Started, Ready []Turn
	// Probed are the times at which the kubelet logged a successful readiness probe.
	Probed []time.Time
}

// Traits are what the manifest says about a container.
type Traits struct {
	Name string
	// Role is Standard, Sidecar, native or init.
	Role string
	// Policy is the container's own restart policy, or else the pod's.
	Policy v1.RestartPolicy
	// Readiness, Startup, PostStart and PreStop report which probes and hooks it has.
	Readiness, Startup, PostStart, PreStop bool
	// AtTermination means that the preStop hook runs as soon as the pod begins to stop, not in the container's turn.
	AtTermination bool
}

// Run is one record of the container runtime, and what the kubelet's log says about it. Times are zero until they are observed.
type Run struct {
	Record
	// Told is when the kubelet began to stop it (its Killing event), Signalled when it sent the stop signal.
	Told, Signalled time.Time
	// HookBegan and HookEnded are the times of its preStop hook.
	HookBegan, HookEnded time.Time
}

// Wait is a period in which the kubelet reported the same waiting reason and message. The reason is empty while the container does not
// wait.
type Wait struct {
	From            time.Time
	Reason, Message string
}

// Turn is a change of a boolean of a run's status. It happened after After (zero: unknown) and was observed At.
type Turn struct {
	Run       string
	After, At time.Time
	On        bool
}

// Deleted is the outcome of a pod that ran until it was deleted.
const Deleted v1.PodPhase = "Deleted"

// Outcome is the pod's phase, or Deleted.
func (p *Pod) Outcome() v1.PodPhase {
	if p.Phase == v1.PodRunning && !p.Withdrawn.IsZero() && !p.End.IsZero() {
		return Deleted
	}
	return p.Phase
}

// Container returns the container of that name, or nil.
func (p *Pod) Container(name string) *Container {
	if i := p.Index(name); i >= 0 {
		return p.Containers[i]
	}
	return nil
}

// Index returns the index of the container of that name, or -1.
func (p *Pod) Index(name string) int {
	return slices.IndexFunc(p.Containers, func(c *Container) bool { return c.Name == name })
}

// LastEnd returns when the last container to finish did so, or zero, and whether a container still runs.
func (p *Pod) LastEnd() (last time.Time, running bool) {
	for _, c := range p.Containers {
		for _, r := range c.Runs {
			running = running || r.Finished.IsZero()
			if r.Finished.After(last) {
				last = r.Finished
			}
		}
	}
	return last, running
}

// Waits reports whether a container waits now, as far as its status says. A pod that has ended waits for nothing.
func (p *Pod) Waits() bool {
	return p.End.IsZero() && slices.ContainsFunc(p.Containers, func(c *Container) bool {
		last := c.Last()
		n := len(c.Waits)
		return n > 0 && c.Waits[n-1].Reason != "" && (last == nil || !last.Finished.IsZero() && c.Waits[n-1].From.After(last.Finished))
	})
}

// FirstStart is when the container first started, or zero.
func (c *Container) FirstStart() time.Time {
	for _, r := range c.Runs {
		if !r.Started.IsZero() {
			return r.Started
		}
	}
	return time.Time{}
}

// Last is the newest run, or nil.
func (c *Container) Last() *Run {
	if len(c.Runs) == 0 {
		return nil
	}
	return c.Runs[len(c.Runs)-1]
}

// run returns the run with that ID, or nil.
func (c *Container) run(id string) *Run {
	if i := slices.IndexFunc(c.Runs, func(r *Run) bool { return r.ID == id }); i >= 0 {
		return c.Runs[i]
	}
	return nil
}

// RanAt reports whether the container ran at the time.
func (c *Container) RanAt(t time.Time) bool {
	return slices.ContainsFunc(c.Runs, func(r *Run) bool {
		return !r.Started.IsZero() && !r.Started.After(t) && (r.Finished.IsZero() || r.Finished.After(t))
	})
}
