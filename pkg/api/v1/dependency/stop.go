// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"cmp"
	"slices"
)

// StopsAfter returns the containers that must have stopped before the named one is told to stop, sorted by name: its direct
// and transitive dependents. For a native sidecar it returns all regular containers and the later native sidecars, as
// upstream stops them. An unknown container (an ephemeral container or a plain init container) stops at once.
func (g *Graph) StopsAfter(name string) []string {
	i, known := g.index[name]
	if !known {
		return nil
	}
	var before []int
	if g.nodes[i].native {
		for j := range g.nodes {
			if !g.nodes[j].native || j > i {
				before = append(before, j)
			}
		}
	} else {
		before = g.dependents(i)
	}
	names := make([]string, len(before))
	for k, j := range before {
		names[k] = g.nodes[j].name
	}
	slices.Sort(names)
	return names
}

// runningBefore returns the running containers among StopsAfter.
func (g *Graph) runningBefore(name string, running func(name string) bool) []string {
	return slices.DeleteFunc(g.StopsAfter(name), func(other string) bool { return !running(other) })
}

// StopStages groups the running containers by stage, assuming that each stops as soon as it may and that all take equally
// long. The stage of a container is the length of the longest chain of running containers that must stop before it. Names
// in a stage are sorted. The stages depend only on the order, not on the time left.
func (g *Graph) StopStages(running func(name string) bool) [][]string {
	stages := [][]string{}
	stopPass(g, func(i, stage int) int {
		name := g.nodes[i].name
		if !running(name) {
			return stage
		}
		if stage == len(stages) {
			stages = append(stages, nil)
		}
		stages[stage] = append(stages[stage], name)
		return stage + 1
	})
	for _, stage := range stages {
		slices.Sort(stage)
	}
	return stages
}

// stopPass visits each container after all containers that must stop before it. It passes visit the greatest value that
// visit returned for those containers, or the zero value.
func stopPass[T cmp.Ordered](g *Graph, visit func(i int, before T) T) {
	values := make([]T, len(g.nodes))
	var greatest T
	for _, i := range slices.Backward(g.stopOrder) {
		var before T
		for _, j := range g.nodes[i].waitedBy {
			before = max(before, values[j])
		}
		values[i] = visit(i, before)
		greatest = max(greatest, values[i])
	}
	// Native sidecars are the last nodes. They stop last, one after another.
	for i := len(g.nodes) - 1; i >= 0 && g.nodes[i].native; i-- {
		greatest = max(greatest, visit(i, greatest))
	}
}

// dependents returns the direct and transitive dependents of the node.
func (g *Graph) dependents(i int) []int {
	var found []int
	seen := make([]bool, len(g.nodes))
	visit := func(from int) {
		for _, j := range g.nodes[from].waitedBy {
			if !seen[j] {
				seen[j] = true
				found = append(found, j)
			}
		}
	}
	visit(i)
	for next := 0; next < len(found); next++ {
		visit(found[next])
	}
	return found
}
