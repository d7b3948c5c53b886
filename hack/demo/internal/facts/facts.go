// SPDX-License-Identifier: Apache-2.0

// Package facts keeps what was observed of one pod, and nothing that was not. Times of starts and ends are the container
// runtime's own; what the kubelet says is known to the interval between two questions; when a container was told to stop
// stands in the kubelet's log. The package asks nobody: others feed a Recorder.
package facts

import (
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/hack/internal/cri"
)

// Pod is what is known of the pod.
type Pod struct {
	Name          string
	RestartPolicy v1.RestartPolicy
	// Begin is when the manifest was put in place, End when nothing of the pod ran any more. End is zero until then.
	Begin, End time.Time
	// Withdrawn is when the manifest was removed, if it was.
	Withdrawn time.Time
	// Phase is empty until the kubelet has said one.
	Phase           v1.PodPhase
	Reason, Message string
	Containers      []*Container
}

// Container is what is known of one container.
type Container struct {
	Traits
	// Runs are the runtime's records, oldest first.
	Runs []*Run
	// Waits are the times in which the kubelet said that the container waits.
	Waits []Wait
	// Started and Ready are the kubelet's answers, each change once.
	Started, Ready []Turn
	// Probed are the times at which the kubelet logged that a readiness probe had succeeded.
	Probed []time.Time
}

// Traits are what the manifest says of a container.
type Traits struct {
	Name string
	// Role is Standard, Sidecar, native or init.
	Role string
	// Readiness, Startup, PostStart and PreStop tell which probes and hooks it has.
	Readiness, Startup, PostStart, PreStop bool
}

// Run is one record of the container runtime, and what the kubelet's log says of it. Times are zero until they were observed.
type Run struct {
	cri.Container
	// Told is when the kubelet began to stop it (its Killing event), Signalled when the preStop hook, if any, was done.
	Told, Signalled time.Time
}

// Wait is a time in which the kubelet gave the same reason for a container not to run.
type Wait struct {
	From            time.Time
	Reason, Message string
}

// Turn is a change of something that is true or false of a run. It happened after After (zero: not known) and was seen At.
type Turn struct {
	Run       string
	After, At time.Time
	On        bool
}

// Container finds one by name; it is nil when the pod has none of that name.
func (p *Pod) Container(name string) *Container {
	if i := p.Index(name); i >= 0 {
		return p.Containers[i]
	}
	return nil
}

// Index is where the container of that name stands, or -1.
func (p *Pod) Index(name string) int {
	return slices.IndexFunc(p.Containers, func(c *Container) bool { return c.Name == name })
}

// LastEnd is when a container finished last, or zero, and whether one still runs.
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

// FirstStart is when the container first ran; it is zero when it never did.
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

// run finds one by its ID; it is nil when there is none.
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
