// SPDX-License-Identifier: Apache-2.0

package dependency

import "slices"

// normalized returns the least plan that has the graph of this one, if this one is valid: without entries that mean no
// container, init containers other than native sidecars, and defaults.
func (p *Plan) normalized() *Plan {
	n := &Plan{
		PodUID: p.PodUID, GracePeriodSeconds: p.GracePeriodSeconds, RestartPolicy: p.RestartPolicy,
		Containers: slices.Clone(p.Containers),
	}
	n.InitContainers = slices.DeleteFunc(slices.Clone(p.InitContainers), func(c PlannedInitContainer) bool { return !c.Native })
	regular, native := make(map[string]bool, len(n.Containers)), make(map[string]bool, len(n.InitContainers))
	for i := range n.Containers {
		regular[n.Containers[i].Name] = true
	}
	for i := range n.InitContainers {
		native[n.InitContainers[i].Name] = true
	}
	ignored := func(d Dependency) bool {
		return d.Type == "" && d.Optional && !regular[d.Container] && !native[d.Container]
	}
	ignoredBefore := func(d Dependency) bool {
		return d.Type == "" && !regular[d.Container]
	}
	for i := range n.Containers {
		n.Containers[i].Lifecycle = n.Containers[i].Lifecycle.least(ignored, ignoredBefore, false)
	}
	for i := range n.InitContainers {
		n.InitContainers[i].Lifecycle = n.InitContainers[i].Lifecycle.least(ignored, ignoredBefore, true)
	}
	return n
}

// least returns the lifecycle without ignored entries and without defaults, or nil if it says nothing else.
func (l *Lifecycle) least(ignored, ignoredBefore func(Dependency) bool, native bool) *Lifecycle {
	if l == nil {
		return nil
	}
	n := &Lifecycle{
		Type: l.Type, DependsOn: leastEntries(l.DependsOn, ignored), Before: leastEntries(l.Before, ignoredBefore),
		PreStopTiming: l.PreStopTiming, StopTimeoutSeconds: l.StopTimeoutSeconds,
	}
	if n.Type == Standard && !native {
		n.Type = ""
	}
	if n.PreStopTiming == defaultTiming(native) {
		n.PreStopTiming = ""
	}
	if len(n.fieldNames()) == 0 {
		return nil
	}
	return n
}

func leastEntries(entries []Dependency, ignored func(Dependency) bool) []Dependency {
	var least []Dependency
	for _, d := range entries {
		if ignored(d) {
			continue
		}
		if d.Condition == Ready {
			d.Condition = ""
		}
		d.Optional = false
		least = append(least, d)
	}
	return least
}

// defaultTiming returns when the preStop hook of a container runs that does not say so.
func defaultTiming(native bool) PreStopTiming {
	if native {
		return AtTermination
	}
	return InTurn
}
