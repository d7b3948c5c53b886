// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"slices"
	"time"
)

// restartBegan reports whether the pod is about to restart all its containers: one of them exited, its rules restart all,
// and the pod had not ended by then. If it looks ended, that is only because the kubelet has already killed others, to
// restart them. The exit of a container that was stopped because the pod had ended counts for nothing. What has Succeeded
// runs again only because of a Standard container.
//
// A pod that had not ended by a later exit had not ended by an earlier one either: Running containers are neither finished
// nor lost, and their edges do not rule out the start of any other. So the earliest exit of each kind decides.
func (d *deciding) restartBegan() bool {
	for _, standard := range []bool{true, false} {
		if exit, found := d.firstRestartOfAll(standard); found && !d.endedBy(exit, standard) {
			return true
		}
	}
	return false
}

// firstRestartOfAll returns when the first of the containers exited whose exits restart all. standard selects the Standard
// containers, or all others.
func (d *deciding) firstRestartOfAll(standard bool) (exit time.Time, found bool) {
	for i := range d.nodes {
		o := &d.observed[i]
		if o.State == Exited && o.RestartsAll && d.nodes[i].standard() == standard && (!found || o.Since.Before(exit)) {
			exit, found = o.Since, true
		}
	}
	return exit, found
}

// endedBy reports whether the pod had ended by the exit of a container. standard means that the container is a Standard one.
func (d *deciding) endedBy(exit time.Time, standard bool) bool {
	then := slices.Clone(d.observed)
	for i := range then {
		if o := &then[i]; o.State == Exited && o.Since.After(exit) && (standard || o.ExitCode != 0 || o.Stopped) {
			o.State = Running
		}
	}
	return d.ended(then)
}

// ended reports whether a pod with these observations, by node, is complete or has failed. It is Decide without messages, for
// a pod that has not lost its sandbox.
func (g *Graph) ended(observed []Observation) bool {
	var lost nodeSet
	complete := true
	for _, i := range g.order {
		n, o := &g.nodes[i], &observed[i]
		if o.finished() {
			continue
		}
		complete = complete && n.sidecar()
		if o.settled() || o.State == Running {
			continue
		}
		if slices.ContainsFunc(n.waits, func(e edge) bool { return e.condition.evaluate(&observed[e.to], lost.has(e.to)) == never }) {
			if n.standard() && g.plan.failsFast() {
				return true
			}
			lost.add(i)
		}
	}
	return complete
}
