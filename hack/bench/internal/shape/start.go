// SPDX-License-Identifier: Apache-2.0

package shape

import "time"

// Rough times on a machine with 2 cores.
const (
	usualStart = 130 * time.Millisecond
	// usualNotice is the time that upstream's kubelet takes from a successful probe to the start of the next native sidecar.
	usualNotice = 700 * time.Millisecond
)

// Expect is roughly how long the pod takes from its manifest until its last container runs. It decides which pods run together and how
// long they may take; no result depends on it.
func (c Case) Expect(style Style) time.Duration {
	if style != Native || c.Kind == Ordinary {
		total := 500 * time.Millisecond
		for _, stage := range c.Stages() {
			total += usualStart + time.Duration(stage.Containers)*usualStart/4 + stage.WarmUp
		}
		return total
	}
	// Native sidecars start in turn. The first probe comes too early, the next one a period later.
	total := time.Second
	for _, node := range c.Nodes() {
		total += usualStart
		if probed(c, node) {
			period := time.Duration(c.Period) * time.Second
			total += usualNotice + max(period, (c.WarmUpOf(node.Name)+period-1).Truncate(period))
		} else {
			total += c.WarmUpOf(node.Name)
		}
	}
	return total
}

// Stage is a group of containers that start at the same time if each starts as soon as its dependencies allow, and all take equally
// long.
type Stage struct {
	Containers int
	// WarmUp is the longest warm-up of the containers.
	WarmUp time.Duration
}

// Stages returns the stages of the case's start, in order.
func (c Case) Stages() []Stage {
	var stages []Stage
	depth := map[string]int{}
	for _, node := range c.Nodes() {
		for _, name := range node.After {
			depth[node.Name] = max(depth[node.Name], depth[name]+1)
		}
		for len(stages) <= depth[node.Name] {
			stages = append(stages, Stage{})
		}
		stage := &stages[depth[node.Name]]
		stage.Containers++
		stage.WarmUp = max(stage.WarmUp, c.WarmUpOf(node.Name))
	}
	return stages
}
