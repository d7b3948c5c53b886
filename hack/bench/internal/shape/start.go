// SPDX-License-Identifier: Apache-2.0

package shape

import "time"

// Rough times on a machine with 2 cores.
const (
	usualStart = 130 * time.Millisecond
	// usualNotice is what upstream's kubelet takes from a passed probe until it starts the next native sidecar.
	usualNotice = 700 * time.Millisecond
)

// Expect is roughly how long the pod takes from its manifest until its last container runs: which pods are run together, and how
// long they may take, depends on it; no result does.
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

// Stage is what starts at the same time when each container starts as soon as the order lets it, and all take equally long.
type Stage struct {
	Containers int
	// WarmUp is the longest of them.
	WarmUp time.Duration
}

// Stages of the case's start, in order.
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
