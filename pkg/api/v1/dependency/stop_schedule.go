// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

const (
	// StopFloor is what a stop keeps of its time for each stage that is still to come. It is scaled down when there is less.
	StopFloor = 2 * time.Second
	// MaxUnorderedPeriod is the longest grace period that leaves no time for an order: a hard eviction or a forced deletion
	// stops all containers at once.
	MaxUnorderedPeriod = time.Second
)

// StopSchedule is how the running containers of a pod stop from now on when each takes all the time that it has. A container
// that ends earlier leaves more time to those that wait for it, and they are told earlier.
type StopSchedule struct {
	// Containers are the running containers of the graph, sorted by Told, then by name.
	Containers []ContainerStop
	// Floors is the least time that a stop of these containers is given, whatever has passed of the grace period: the floors
	// of the longest chain, but no more than the period.
	Floors time.Duration

	graph *Graph
	// left is at least 0.
	left   time.Duration
	atOnce bool
	// By node: what runs, and how many stages are to come from it on.
	runs   []bool
	stages []int
}

// ContainerStop is one container in a stop.
type ContainerStop struct {
	Name string
	// Told is the time from now after which the container is told to stop at the latest. It is 0 when it waits for nobody.
	Told time.Duration
	// Limit is how long the container has from then on, its preStop hook included.
	Limit time.Duration
}

// Ended is the time from now after which the container has ended at the latest.
func (c ContainerStop) Ended() time.Duration { return c.Told + c.Limit }

// StopSchedule returns the schedule of a stop of which left is still to come of the pod's grace period. When the stop begins,
// left is the period. running reports whether a container still runs: one that does not takes no time and holds up nobody.
//
// A container is told to stop when all that wait for it have ended, directly or through others; native sidecars are told last
// and one by one. Each then has what is left, less a floor for each stage after it on its longest chain, or its own limit if
// that is shorter. In a period of at most MaxUnorderedPeriod all are told at once, and each has what is left.
//
// The work is linear in the edges of the graph, apart from sorting.
func (g *Graph) StopSchedule(period, left time.Duration, running func(name string) bool) *StopSchedule {
	s := &StopSchedule{graph: g, left: max(left, 0), atOnce: period <= MaxUnorderedPeriod, runs: make([]bool, len(g.nodes))}
	count := 0
	for i := range g.nodes {
		if running(g.nodes[i].name) {
			s.runs[i] = true
			count++
		}
	}
	s.stages = g.stagesFrom(s.runs)
	s.Containers = make([]ContainerStop, 0, count)
	longest := 0
	stopPass(g, func(i int, told time.Duration) time.Duration {
		if !s.runs[i] {
			return told
		}
		if s.atOnce {
			told = 0
		}
		stop := ContainerStop{Name: g.nodes[i].name, Told: told, Limit: s.limit(i, s.left-told)}
		s.Containers = append(s.Containers, stop)
		longest = max(longest, s.stages[i])
		return stop.Ended()
	})
	s.Floors = min(time.Duration(longest)*StopFloor, period)
	slices.SortFunc(s.Containers, func(a, b ContainerStop) int {
		return cmp.Or(cmp.Compare(a.Told, b.Told), strings.Compare(a.Name, b.Name))
	})
	return s
}

// LimitNow returns how long the named container has when it is told to stop now, whether or not its turn has come. When it has,
// that is its limit in Containers. A container that the graph does not know (an ephemeral one) has all that is left.
func (s *StopSchedule) LimitNow(name string) time.Duration {
	i, known := s.graph.index[name]
	if !known {
		return s.left
	}
	return s.limit(i, s.left)
}

// After returns the running containers that must have ended before the named one is told to stop, sorted by name.
func (s *StopSchedule) After(name string) []string {
	if s.atOnce {
		return nil
	}
	return s.graph.runningBefore(name, func(other string) bool { return s.runs[s.graph.index[other]] })
}

// limit is how long a container has when it is told to stop with so much time left.
func (s *StopSchedule) limit(i int, left time.Duration) time.Duration {
	if s.atOnce {
		return left
	}
	after := s.stages[i]
	if s.runs[i] {
		after--
	}
	floor := min(StopFloor, left/time.Duration(after+1))
	limit := left - time.Duration(after)*floor
	if own := s.graph.nodes[i].stopTimeout; own != nil {
		limit = min(limit, time.Duration(*own)*time.Second)
	}
	return limit
}

// stagesFrom returns, by node, how many running containers stop one after another from the container on, itself included if
// it runs: the longest chain of those that it waits for, and the native sidecars, which stop last and one by one.
func (g *Graph) stagesFrom(runs []bool) []int {
	stages := make([]int, len(g.nodes))
	natives := 0
	for i := range g.nodes {
		if g.nodes[i].native {
			if runs[i] {
				natives++
			}
			stages[i] = natives
		}
	}
	for _, i := range g.order {
		// A native sidecar among those that it waits for has natives at most.
		stages[i] = natives
		for _, e := range g.nodes[i].waits {
			stages[i] = max(stages[i], stages[e.to])
		}
		if runs[i] {
			stages[i]++
		}
	}
	return stages
}
