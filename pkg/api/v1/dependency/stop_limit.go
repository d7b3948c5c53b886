// SPDX-License-Identifier: Apache-2.0

package dependency

import "time"

// StopFloor is what a stop keeps of its time for each stage that is still to come. It is scaled down when there is less.
const StopFloor = 2 * time.Second

// StopLimit returns how long the named container may take to stop, its preStop hook included, when it is told to stop now
// and the pod has so much time left: what is left less the floors of the stages after it on its longest chain, or its own
// limit if that is shorter. Only containers that run make a stage. A container that the graph does not know (an ephemeral
// one) has all that is left.
func (g *Graph) StopLimit(name string, left time.Duration, running func(name string) bool) time.Duration {
	i, known := g.index[name]
	if !known {
		return max(left, 0)
	}
	after := g.stagesAfter(running)[i]
	limit := max(left, 0) - time.Duration(after)*stopFloor(left, after+1)
	if own := g.nodes[i].stopTimeout; own != nil {
		limit = min(limit, time.Duration(*own)*time.Second)
	}
	return limit
}

// StopFloors returns the least time that a stop of all running containers is given, whatever has passed of the pod's grace
// period: the floors of the longest chain, but no more than the period.
func (g *Graph) StopFloors(grace time.Duration, running func(name string) bool) time.Duration {
	longest := 0
	after := g.stagesAfter(running)
	for i := range g.nodes {
		if running(g.nodes[i].name) {
			longest = max(longest, after[i]+1)
		}
	}
	return min(time.Duration(longest)*StopFloor, grace)
}

func stopFloor(left time.Duration, stages int) time.Duration {
	return min(StopFloor, max(left, 0)/time.Duration(stages))
}

// stagesAfter returns, by node, how many running containers stop one after another when the container has stopped: the
// longest chain of those that it waits for, and the native sidecars, which stop last and one by one.
func (g *Graph) stagesAfter(running func(name string) bool) []int {
	after := make([]int, len(g.nodes))
	natives := 0
	for i := range g.nodes {
		if g.nodes[i].native {
			after[i] = natives
			if running(g.nodes[i].name) {
				natives++
			}
		}
	}
	for _, i := range g.order {
		after[i] = natives
		for _, e := range g.nodes[i].waits {
			if g.nodes[e.to].native {
				continue
			}
			stages := after[e.to]
			if running(g.nodes[e.to].name) {
				stages++
			}
			after[i] = max(after[i], stages)
		}
	}
	return after
}
