// SPDX-License-Identifier: Apache-2.0

package dependency

import "slices"

// normalized returns the least plan that has the graph of this one, if this one is valid: without names that the pod does not
// have, init containers other than native sidecars, and defaults.
func (p *Plan) normalized() *Plan {
	n := &Plan{
		PodUID: p.PodUID, GracePeriodSeconds: p.GracePeriodSeconds, RestartPolicy: p.RestartPolicy,
		Containers: slices.Clone(p.Containers),
	}
	n.InitContainers = slices.DeleteFunc(slices.Clone(p.InitContainers), func(c PlannedInitContainer) bool { return !c.Native })
	targets := make(map[string]bool, len(n.Containers)+len(n.InitContainers))
	for i := range n.Containers {
		targets[n.Containers[i].Name] = true
	}
	for i := range n.InitContainers {
		targets[n.InitContainers[i].Name] = true
	}
	for i := range n.Containers {
		n.Containers[i].Lifecycle = n.Containers[i].Lifecycle.least(targets)
	}
	return n
}

// least returns the lifecycle without the names of absent targets and without defaults, or nil if it says nothing else.
func (l *Lifecycle) least(targets map[string]bool) *Lifecycle {
	if l == nil {
		return nil
	}
	n := &Lifecycle{Type: l.Type, StopTimeoutSeconds: l.StopTimeoutSeconds}
	if n.Type == Standard {
		n.Type = ""
	}
	for _, d := range l.DependsOn {
		if !targets[d.Container] && d.Optional {
			continue
		}
		if d.Condition == Ready {
			d.Condition = ""
		}
		d.Optional = false
		n.DependsOn = append(n.DependsOn, d)
	}
	for _, name := range l.Before {
		if name == Wildcard || targets[name] {
			n.Before = append(n.Before, name)
		}
	}
	if len(n.fieldNames()) == 0 {
		return nil
	}
	return n
}
