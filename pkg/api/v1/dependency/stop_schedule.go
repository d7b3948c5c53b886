// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

const (
	// StopFloor is the time that a stop reserves for each later stage. It is scaled down if too little time is left.
	StopFloor = 2 * time.Second
	// MaxUnorderedPeriod is the longest grace period that is too short for an ordered stop: a hard eviction or a forced
	// deletion stops all containers at once.
	MaxUnorderedPeriod = time.Second
)

// StopSchedule is the stop of the running containers of a pod from now on, assuming that each uses all of its time. If a
// container exits earlier, the containers that stop after it are told earlier and have more time.
type StopSchedule struct {
	// Containers are the running containers of the graph, sorted by Told, then by name.
	Containers []ContainerStop
	// Floors is the minimum time for a stop of these containers, however much of the grace period has passed: the floors of
	// the longest chain, but at most the grace period.
	Floors time.Duration

	graph *Graph
	// left is at least 0.
	left   time.Duration
	atOnce bool
	// By node: whether it runs, and the number of stages from it on.
	runs   []bool
	stages []int
}

// ContainerStop is the stop of one container.
type ContainerStop struct {
	Name string
	// Told is the latest time, from now, at which the container is told to stop. It is 0 if the container waits for no other.
	Told time.Duration
	// Limit is how long the container has from then on, including its preStop hook.
	Limit time.Duration
}

// Ended returns the latest time, from now, at which the container has exited.
func (c ContainerStop) Ended() time.Duration { return c.Told + c.Limit }

// StopSchedule returns the schedule of a stop. period is the pod's grace period, and left is what remains of it: all of it
// when the stop begins. running reports whether a container still runs. A container that does not run takes no time and
// blocks no other.
//
// A container is told to stop when all of its direct and transitive dependents have exited; native sidecars are told last,
// one after another. The container then has the time left, minus a floor for each later stage of its longest chain, or its
// own limit if that is shorter. If the period is at most MaxUnorderedPeriod, all are told at once, and each has StopFloor after
// its signal, however little time is left: that is what Kubernetes gives every container. A preStop hook has the period.
//
// The running time is linear in the number of edges, apart from sorting.
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

// LimitNow returns how long the named container has if it is told to stop now, even before its turn. At its turn, that is its
// limit in Containers. A container that is not in the graph (an ephemeral container) has all the time left.
func (s *StopSchedule) LimitNow(name string) time.Duration {
	i, known := s.graph.index[name]
	switch {
	case s.atOnce:
		return StopFloor
	case !known:
		return s.left
	}
	return s.limit(i, s.left)
}

// After returns the running containers that must have exited before the named one is told to stop, sorted by name.
func (s *StopSchedule) After(name string) []string {
	if s.atOnce {
		return nil
	}
	return s.graph.runningBefore(name, func(other string) bool { return s.runs[s.graph.index[other]] })
}

// limit returns how long a container has if it is told to stop with that much time left.
func (s *StopSchedule) limit(i int, left time.Duration) time.Duration {
	if s.atOnce {
		return StopFloor
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

// stagesFrom returns, by node, how many running containers stop one after another from that node on: the node itself if it
// runs, the longest chain of its dependencies, and the native sidecars, which stop last, one after another.
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
	for _, i := range g.stopOrder {
		// A native sidecar among its dependencies has at most natives stages.
		stages[i] = natives
		for _, e := range g.nodes[i].waits {
			if e.ordersStop() {
				stages[i] = max(stages[i], stages[e.to])
			}
		}
		if runs[i] {
			stages[i]++
		}
	}
	return stages
}
