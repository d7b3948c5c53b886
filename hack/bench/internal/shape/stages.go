// SPDX-License-Identifier: Apache-2.0

package shape

import "time"

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
