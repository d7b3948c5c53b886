// SPDX-License-Identifier: Apache-2.0

package dependency

import "slices"

// StopsAfter returns the containers that must have stopped before the named one is told to stop, sorted by name: all
// that wait for it, directly or through others. For a native sidecar: all regular containers and the later native
// sidecars, as upstream stops them. An unknown container (an ephemeral one, or an init container) stops at once.
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

// StopStages returns the running containers in the stages in which they stop when each stops as soon as it may and all take
// equally long: a container's stage is the length of the longest chain of running containers that must stop before it.
// Names in a stage are sorted.
func (g *Graph) StopStages(running func(name string) bool) [][]string {
	// depth is the stage of a container, and end the one after it: the same for a container that does not run.
	depth, end := make([]int, len(g.nodes)), make([]int, len(g.nodes))
	deepest := 0
	place := func(i, stage int) {
		depth[i], end[i] = stage, stage
		if running(g.nodes[i].name) {
			end[i]++
		}
		deepest = max(deepest, end[i])
	}
	for _, i := range slices.Backward(g.order) {
		stage := 0
		for _, j := range g.nodes[i].waitedBy {
			stage = max(stage, end[j])
		}
		place(i, stage)
	}
	for i := len(g.nodes) - 1; i >= 0 && g.nodes[i].native; i-- {
		place(i, deepest)
	}
	stages := make([][]string, deepest)
	for i := range g.nodes {
		if running(g.nodes[i].name) {
			stages[depth[i]] = append(stages[depth[i]], g.nodes[i].name)
		}
	}
	for _, stage := range stages {
		slices.Sort(stage)
	}
	return stages
}

// dependents returns all nodes that wait for the given one, directly or through others.
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

// StopTimeoutSeconds returns the container's own limit to stop, and false when it has none.
func (g *Graph) StopTimeoutSeconds(name string) (int64, bool) {
	i, known := g.index[name]
	if !known || g.nodes[i].stopTimeout == nil {
		return 0, false
	}
	return *g.nodes[i].stopTimeout, true
}
