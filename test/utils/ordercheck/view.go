// SPDX-License-Identifier: Apache-2.0

package ordercheck

import (
	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

// view is the state of the pod's containers at one moment.
type view struct {
	*Checker
	// sandbox is the ID of the active sandbox, or "".
	sandbox string
	// newest is the newest record of each name, in any sandbox.
	newest map[string]*Record
	// active are the names with a record in the active sandbox, running those with a running record in any.
	active, running map[string]bool
}

func (c *Checker) view() view {
	v := view{Checker: c, sandbox: c.World.Sandbox(), newest: map[string]*Record{}, active: map[string]bool{}, running: map[string]bool{}}
	for _, r := range c.World.Records() {
		if _, known := v.newest[r.Name]; !known {
			v.newest[r.Name] = r
		}
		v.active[r.Name] = v.active[r.Name] || (v.sandbox != "" && r.Sandbox == v.sandbox)
		v.running[r.Name] = v.running[r.Name] || r.State == Running
	}
	return v
}

// finished reports whether a regular container has exited for good.
func (v view) finished(name string) bool {
	c, known := v.newest[name]
	spec := v.Regular(name)
	if !known || spec == nil || c.State != Exited || v.runsAgain(c) {
		return false
	}
	switch PolicyOf(v.Pod, spec) {
	case v1.RestartPolicyNever:
		return true
	case v1.RestartPolicyOnFailure:
		return c.ExitCode == 0
	}
	return false
}

// runsAgain reports whether the current process knows that it has ended the container with its sandbox: it runs again in the next
// one, as upstream runs it, except under policy Never.
func (v view) runsAgain(c *Record) bool {
	return c.Sandbox != v.sandbox && v.Process != nil && v.endedBy[c.ID] == v.Process && !v.killedAlone[c.ID] &&
		v.Spec.RestartPolicy != v1.RestartPolicyNever && PolicyOf(v.Pod, v.Regular(c.Name)) != v1.RestartPolicyNever
}

func (v view) complete() bool {
	for i := range v.Spec.Containers {
		if name := v.Spec.Containers[i].Name; v.IsStandard(name) && (!v.finished(name) || v.starting[name] != nil || v.hookRuns(name)) {
			return false
		}
	}
	return true
}

// hookRuns reports whether the postStart hook of a container still runs: its start is in flight until then.
func (v view) hookRuns(name string) bool {
	c, known := v.newest[name]
	if !known {
		return false
	}
	k := v.hook[c.ID]
	_, done := v.hookDone[c.ID]
	return k != nil && !done && !k.Dead.Load()
}

func (v view) holds(name string, condition dependency.Condition) bool {
	switch condition {
	case dependency.None:
		return true
	case ByList:
		return v.startEnded(name) || v.lost(name)
	}
	c, known := v.newest[name]
	if !known {
		return false
	}
	switch condition {
	case dependency.Completed:
		return v.finished(name)
	case dependency.Succeeded:
		return v.succeeded(name)
	case dependency.Started:
		return v.succeeded(name) || v.started(c)
	default:
		return v.succeeded(name) || c.State == Running && v.started(c) && v.ready(c)
	}
}

// succeeded reports whether a regular container has exited for good with code 0, in whatever sandbox, and no kubelet has ended it.
func (v view) succeeded(name string) bool {
	return v.finished(name) && v.newest[name].ExitCode == 0 && !v.ended(v.newest[name])
}

// ended reports whether a kubelet has ended the container, as far as the current process can know. What another one did it knows
// from the pod's status alone.
func (v view) ended(c *Record) bool {
	by := v.endedBy[c.ID]
	return by != nil && (by == v.Process || v.Process.lastEnded(c.ID))
}

// startEnded reports whether a start of a regular container in the active sandbox has ended, or it will not be run again.
func (v view) startEnded(name string) bool {
	if v.finished(name) || v.sandbox != "" && v.attempted[name] == v.sandbox {
		return true
	}
	c, known := v.newest[name]
	if !known || c.Sandbox != v.sandbox || c.State == Created {
		return false
	}
	// The process that started it may have been restarted meanwhile.
	_, done := v.hookDone[c.ID]
	return done || v.startedBy[c.ID].Dead.Load()
}

// unreachable reports whether a container can never start.
func (v view) unreachable(name string) bool {
	return v.lost(name) || v.Spec.RestartPolicy == v1.RestartPolicyNever && v.sandbox == "" && len(v.newest) > 0 && !v.running[name]
}

// lost reports whether a container that has not been started in the active sandbox can never start.
func (v view) lost(name string) bool {
	if c, known := v.newest[name]; known && (v.active[name] || c.State == Running) {
		return false
	}
	for target, condition := range v.Edges[name] {
		switch condition {
		case ByList, dependency.None:
			continue
		}
		if !v.holds(target, condition) && (v.finished(target) || v.lost(target)) {
			return true
		}
	}
	return false
}

func (v view) started(c *Record) bool {
	if c.Sandbox != v.sandbox || c.StartedAt.IsZero() || c.State == Created {
		return false
	}
	// No pod fails, or waits for ever, for what a kubelet process cannot know.
	if v.Process != nil && v.Process.Unseen[c.ID] && v.Regular(c.Name) != nil && v.finished(c.Name) {
		return true
	}
	spec := v.Container(c.Name)
	if spec.StartupProbe != nil && !v.startupPassed[c.ID] {
		return false
	}
	if spec.Lifecycle == nil || spec.Lifecycle.PostStart == nil || v.hookDone[c.ID] {
		return true
	}
	// Upstream starts native sidecars, and leaves one alone that it failed to kill after its hook failed.
	if done, known := v.hookDone[c.ID]; known && !done && v.Regular(c.Name) == nil && !v.stopFailed[c.ID].IsZero() {
		return true
	}
	// A hook counts as done once the kubelet process that ran it is gone.
	if k := v.hook[c.ID]; k != nil {
		return k.Dead.Load()
	}
	k := v.starting[c.Name]
	return k == nil || k.Dead.Load()
}

func (v view) ready(c *Record) bool {
	if v.Container(c.Name).ReadinessProbe == nil {
		return true
	}
	if v.Process == nil {
		return false
	}
	return v.Process.Ready(c.ID)
}
