// SPDX-License-Identifier: Apache-2.0

package ordercheck

import (
	"slices"
	"time"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

// hookDelay is the longest time after which a preStop hook that runs when the pod begins to stop has begun.
const hookDelay = 3 * time.Second

// hookRun is a run of a preStop hook.
type hookRun struct {
	process *Process
	runs    bool
}

// podStop is the stop that a call is part of.
type podStop struct {
	// alone means that the call is part of the kill of one container.
	alone bool
	// began is when the stop began, and grace its grace period in seconds.
	began time.Time
	grace int64
}

// T: no sandbox is stopped while one of its containers runs that has not been told to stop.
func (c *Checker) checkHalt(call Call, sandbox string) {
	for _, r := range c.World.Records() {
		if r.Sandbox == sandbox && r.State == Running && c.Signalled[r.ID].IsZero() && c.stopFailed[r.ID].IsZero() {
			c.Report("T: %s while %s runs, which has not been told to stop", call, r.Name)
		}
	}
}

// stopOf returns the stop that a call for a container is part of.
func (c *Checker) stopOf(k *Process, view view, id string) podStop {
	stop := podStop{began: k.StopBegan, grace: *c.Spec.TerminationGracePeriodSeconds}
	switch {
	case c.killedAlone[id] && (stop.began.IsZero() || c.told[id] == k || c.since(stop.began) < c.Tolerance.Termination):
		// The kill of one container is upstream's, and goes on when the pod begins to stop.
		stop.alone = true
	case stop.began.IsZero():
		// A stop may wait for a container that is being started before it makes its first call.
		if stop.began = k.KillBegan; k.SyncBegan.Before(stop.began) {
			stop.began = k.SyncBegan
		}
	case k.Killing == view.sandboxOf(id) && k.KillBegan.Before(stop.began):
		// The stop of a sandbox goes on with its clock when the pod is deleted.
		stop.began = k.KillBegan
	case c.Deleted:
		stop.grace = c.GraceOfDeletion()
	}
	if c.Deleted {
		stop.grace = min(stop.grace, c.GraceOfDeletion())
	}
	if k.KeepsHouse {
		stop.grace = 1
	}
	return stop
}

// T: a container gets its signal in its turn, and its preStop hook has run before.
func (c *Checker) checkSignal(k *Process, view view, call Call, id string) {
	stop := c.stopOf(k, view, id)
	if stop.alone {
		c.told[id] = k
		return
	}
	// What has exited is told nothing: a stop that was cut off may make its last call late.
	if stop.grace <= 1 || !c.runs(id) {
		return
	}
	c.checkTurn(k, view, stop, call)
	if slices.ContainsFunc(c.preStop[id], func(h *hookRun) bool { return h.runs && h.process == k }) {
		c.Happened["signal beside a hook that hangs"]++
	}
	// The kill of a container that has no time left has no timeout. A runtime that was down may not have run the hook in time.
	if c.hasPreStop(call.Target) && len(c.preStop[id]) == 0 && call.Timeout > 0 && c.RuntimeBack.Before(stop.began) {
		c.Report("T: %s without its preStop hook", call)
	}
}

// T: a preStop hook runs once per container and kubelet process, either in the container's turn or as soon as the pod begins
// to stop.
func (c *Checker) checkHook(k *Process, view view, call Call, id string) {
	stop := c.stopOf(k, view, id)
	if !c.killedAlone[id] && slices.ContainsFunc(c.preStop[id], func(h *hookRun) bool { return h.process == k }) {
		c.Report("T: %s again", call)
	}
	c.preStop[id] = append(c.preStop[id], &hookRun{process: k, runs: true})
	switch {
	case stop.alone:
		c.told[id] = k
	case stop.grace <= 1:
	case !c.hookAtTermination(call.Target):
		c.Happened["hook in its turn"]++
		c.checkTurn(k, view, stop, call)
	default:
		c.Happened["hook at termination"]++
		due := stop.began
		for _, later := range []time.Time{k.LastStop, c.startedAt(id), c.RuntimeBack} {
			if later.After(due) {
				due = later
			}
		}
		if late := c.since(due); late > hookDelay+c.Tolerance.Hook && !c.killedAlone[id] {
			c.Report("T: %s %s after the pod began to stop", call, late)
		}
		for other := range c.MustStopBefore(call.Target) {
			if view.running[other] {
				c.Happened["hook beside a dependent"]++
				return
			}
		}
	}
}

// hookEnds records the end of a preStop hook. One that the runtime did not answer is run again.
func (c *Checker) hookEnds(id string, err error) {
	hooks := c.preStop[id]
	if len(hooks) == 0 {
		return
	}
	if hooks[len(hooks)-1].runs = false; unanswered(err) {
		c.preStop[id] = hooks[:len(hooks)-1]
	}
}

// startedAt returns when a container that runs was started.
func (c *Checker) startedAt(id string) time.Time {
	for _, r := range c.World.Records() {
		if r.ID == id && r.State == Running {
			return r.StartedAt
		}
	}
	return time.Time{}
}

// isStopped reports whether a call that stops the container now ends it. Of one that exits at the same instant nobody can tell, and
// the kubelet takes it for ended.
func (c *Checker) isStopped(id string) bool {
	for _, r := range c.World.Records() {
		if r.ID == id {
			return r.State == Running || r.FinishedAt.Equal(c.World.Now())
		}
	}
	return false
}

// checkTurn checks that no dependent runs within its limit.
func (c *Checker) checkTurn(k *Process, view view, stop podStop, call Call) {
	before := c.MustStopBefore(call.Target)
	if len(before) > 0 {
		c.Happened["stop checked"]++
		if !k.StopBegan.IsZero() && c.since(stop.began) > 0 {
			c.Happened["stop waited for others"]++
		}
	}
	for other := range before {
		if !view.running[other] || !c.stopFailed[view.newest[other].ID].Before(stop.began) {
			continue
		}
		if patience := c.patience(other, stop.grace); c.since(stop.began) < patience {
			c.Report("T: %s %s after the stop began, but %s runs and has %s", call, c.since(stop.began), other, patience)
		}
	}
}

// hasPreStop reports whether a container has a preStop hook.
func (p *Subject) hasPreStop(name string) bool {
	c := p.Container(name)
	return c.Lifecycle != nil && c.Lifecycle.PreStop != nil
}

// hookAtTermination reports whether the preStop hook of a container runs when the pod begins to stop.
func (p *Subject) hookAtTermination(name string) bool {
	if said := p.Said[name]; said != nil && said.PreStopTiming != "" {
		return said.PreStopTiming == dependency.AtTermination
	}
	// It is the default of native sidecars.
	return p.Regular(name) == nil && p.Container(name).RestartPolicy != nil
}

// GraceOfDeletion returns the grace period with which the pod was deleted or evicted, in seconds.
func (c *Checker) GraceOfDeletion() int64 {
	if c.Override != nil {
		return *c.Override
	}
	return c.Grace
}

// sandboxOf returns the sandbox of a container.
func (v view) sandboxOf(id string) string {
	for _, r := range v.newest {
		if r.ID == id {
			return r.Sandbox
		}
	}
	return ""
}

// patience returns the least time that a container gets when the pod stops: the grace period less a floor of 2 s for
// each later stage, or less an equal share per stage if the period is shorter.
func (c *Checker) patience(name string, grace int64) time.Duration {
	var chain func(name string) int64
	chain = func(name string) (n int64) {
		for target := range c.StopEdges[name] {
			n = max(n, 1+chain(target))
		}
		return n
	}
	n := chain(name) + int64(len(c.Spec.InitContainers))
	floors := min(time.Duration(2*n)*time.Second, time.Duration(grace)*time.Second*time.Duration(n)/time.Duration(n+1))
	least := time.Duration(grace)*time.Second - floors
	if said := c.Said[name]; said != nil && said.StopTimeoutSeconds != nil {
		least = min(least, time.Duration(*said.StopTimeoutSeconds)*time.Second)
	}
	return least
}
