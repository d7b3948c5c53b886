// SPDX-License-Identifier: Apache-2.0

package ordercheck

import (
	"slices"

	v1 "k8s.io/api/core/v1"

	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
)

// J: nothing starts in a pod whose Standard containers have all finished.
func (c *Checker) checkNotComplete(k *Process, call Call) {
	// The kubelet knows once a sync has begun with a status that is new enough.
	if since := c.completeSince; !since.IsZero() && since.Before(k.Reads[k.SyncBegan]) && k.SyncBegan.Before(c.World.Now()) {
		c.Report("J: %s, but all Standard containers finished %s ago", call, c.since(since))
	}
}

// S: nothing starts in a terminating pod, except containers whose start was in flight when the termination was
// requested.
func (c *Checker) checkStart(k *Process, view view, call Call) {
	if view.running[call.Target] {
		c.Report("S: %s while the container runs", call)
	}
	if c.Regular(call.Target) == nil || !k.Terminating() || c.since(k.TerminatedAt) < c.Tolerance.Termination {
		return
	}
	// A call that was under way at that moment may still arrive.
	if !slices.Contains(k.InFlight, call.Target) || c.since(k.TerminatedAt) > c.Tolerance.Termination {
		c.Report("S: %s in a terminating pod", call)
	}
}

func (c *Checker) checkCreate(k *Process, view view, name string) {
	if other := c.starting[name]; other != nil && !other.Dead.Load() {
		c.Report("S: %s is created while its start is in flight", name)
	}
	// Upstream restarts a container that it killed, even if the container meanwhile exited by itself.
	if view.finished(name) && !c.killedAlone[view.newest[name].ID] {
		c.Report("S: %s is started again after it has finished", name)
	}
	if view.active[name] || view.sandbox == "" {
		// The gate opens once per sandbox; without an active sandbox the call has no effect.
		return
	}
	c.Happened["gate checked"]++
	for target, condition := range c.Edges[name] {
		c.Happened["gate checked: "+string(condition)]++
		if r := view.newest[target]; condition != ByList && view.succeeded(target) && r.Sandbox != view.sandbox {
			c.Happened["gate open by a former sandbox"]++
		}
		held := c.lastHeld[heldKey{target, condition}]
		// The kubelet knows that a container which it killed is gone, however old its view of the pod.
		known := held.Before(k.oldestRead(c.World.Now())) || !held.After(c.stopped[target])
		if !view.holds(target, condition) && known && c.since(held) >= decisionAge {
			c.Report("S: %s starts, but %s is not %s (last was %s ago, status read %s ago)", name, target, condition, c.since(held),
				c.since(k.ReadAt))
		}
	}
}

// InitFailed reports whether an init container has failed for good.
func (c *Checker) InitFailed() bool {
	view := c.view()
	for i := range c.Spec.InitContainers {
		spec := &c.Spec.InitContainers[i]
		if r, known := view.newest[spec.Name]; known && r.State == Exited &&
			!podutil.IsRestartableInitContainer(spec) && r.ExitCode != 0 && c.Spec.RestartPolicy == v1.RestartPolicyNever {
			return true
		}
	}
	return false
}

// Complete reports whether all Standard containers have finished.
func (c *Checker) Complete() bool { return c.view().complete() }

// MayFail reports whether a Standard container can never start, so that the pod fails.
func (c *Checker) MayFail() bool {
	view := c.view()
	for i := range c.Spec.Containers {
		if name := c.Spec.Containers[i].Name; c.IsStandard(name) && view.unreachable(name) {
			return true
		}
	}
	return false
}
