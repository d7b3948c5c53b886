// SPDX-License-Identifier: Apache-2.0

package ordercheck

import "k8s.io/kubernetes/pkg/api/v1/dependency"

// Shown is what a kubelet shows about a container that it does not run.
type Shown struct {
	Gate    dependency.Gate
	Message string
	// BackOff means that the container is restarted later.
	BackOff bool
}

// Rest checks L after a long time without incidents: the pod has ended, or each of its containers runs, has finished, or shows why
// it does not run. Failed is why the kubelet says that the pod fails, or "".
func (c *Checker) Rest(failed string, shown func(name string) Shown) {
	view := c.view()
	if c.Ended != "" {
		for _, r := range c.World.Records() {
			if r.State == Running {
				c.Report("L: the pod has ended, but %s runs", r.Name)
				return
			}
		}
		return
	}
	if c.Deleted || view.complete() || failed != "" {
		c.Report("L: the pod must end but has not: deleted %t, complete %t, failed %q", c.Deleted, view.complete(), failed)
		return
	}
	c.Happened["pod lives"]++
	for i := range c.Spec.Containers {
		name := c.Spec.Containers[i].Name
		s := shown(name)
		switch {
		case view.running[name] || view.finished(name) || s.BackOff:
		case s.Gate == dependency.Unreachable && s.Message != "" && view.unreachable(name):
			c.Happened["container can never start"]++
		case s.Gate == dependency.Waiting && s.Message != "" && !view.open(name):
			c.Happened["container waits"]++
		default:
			c.Report("L: %s does not run, and nothing shows why: %+v", name, s)
		}
	}
}

// open reports whether all edges of a container hold.
func (v view) open(name string) bool {
	for target, condition := range v.Edges[name] {
		if !v.holds(target, condition) {
			return false
		}
	}
	return true
}
