// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"cmp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Graph is the order of the containers of one pod. It is immutable and valid: it has no cycle.
type Graph struct {
	plan  *Plan
	nodes []node // the regular containers in the order of the pod, then the native sidecars in the order of the pod
	index map[string]int
	// order lists the regular containers, each after all of those that it waits for, and stopOrder each after all of those that
	// stop after it. They differ: None orders the stop alone, and the list the start alone.
	order, stopOrder []int
}

type node struct {
	name   string
	native bool
	// role is the type of the container. It is empty for a native sidecar that says none.
	role Type
	// says is nil if the container declares no ordering.
	says *Lifecycle
	// hookAtTermination reports whether the preStop hook runs when the pod begins to stop.
	hookAtTermination bool
	stopTimeout       *int64
	// waits are the edges to its dependencies, sorted by the name of the target.
	waits []edge
	// waitedBy are its dependents, without those that wait by the list alone: those that stop before it.
	waitedBy []int
	// endAwaited reports whether a dependent waits for its end.
	endAwaited bool
}

func (n *node) standard() bool { return n.role == Standard }

// sidecar reports whether it is a regular container of type Sidecar.
func (n *node) sidecar() bool { return n.role == Sidecar && !n.native }

// edge leads from a dependent to its dependency.
type edge struct {
	to        int
	condition Condition
}

// ordersStart reports whether the dependent waits for its dependency.
func (e edge) ordersStart() bool { return e.condition != None }

// ordersStop reports whether the dependent stops before its dependency. Edges by the list order the start alone.
func (e edge) ordersStop() bool { return e.condition != StartEnded }

// New validates the plan and builds its graph. The error is an *InvalidError with all problems of the plan.
func New(plan *Plan) (*Graph, error) {
	var problems problemList
	graph := build(plan, places{}, &problems, nil)
	if problems.any() {
		return nil, &InvalidError{Problems: problems.listed, More: problems.more, Plan: plan}
	}
	return graph, nil
}

// build returns the graph of a plan, and adds its problems. If there are any, the graph must not be used. It builds none of a
// plan that exceeds a bound. It reports each statement of the pod to told, unless that is nil.
func build(plan *Plan, at places, problems *problemList, told func(statement, fate)) *Graph {
	if problem := problemOfSize(plan, at); problem != nil {
		problems.add(func() *field.Error { return problem })
		return nil
	}
	validate(plan, at, problems)
	g := newNodes(plan)
	statements := g.resolve(told)
	g.connect(statements)
	cycles(g, statements, at, problems)
	if !problems.any() {
		g.order, g.stopOrder = g.topological(edge.ordersStart), g.topological(edge.ordersStop)
	}
	return g
}

// newNodes returns a graph without edges.
func newNodes(plan *Plan) *Graph {
	g := &Graph{plan: plan, index: map[string]int{}}
	for i := range plan.Containers {
		c := &plan.Containers[i]
		g.add(node{name: c.Name, role: Standard}, c.Lifecycle)
	}
	for i := range plan.InitContainers {
		if c := &plan.InitContainers[i]; c.Native {
			g.add(node{name: c.Name, native: true}, c.Lifecycle)
		}
	}
	return g
}

func (g *Graph) add(n node, l *Lifecycle) {
	n.says = l
	if l != nil {
		n.stopTimeout = l.StopTimeoutSeconds
	}
	if l.isSidecar() {
		n.role = Sidecar
	}
	n.hookAtTermination = cmp.Or(l.preStopTiming(), defaultTiming(n.native)) == AtTermination
	if _, taken := g.index[n.name]; !taken {
		g.index[n.name] = len(g.nodes)
	}
	g.nodes = append(g.nodes, n)
}

// connect adds the edges.
func (g *Graph) connect(statements []statement) {
	byTarget := make([][]int, len(g.nodes))
	for k := range statements {
		byTarget[statements[k].to] = append(byTarget[statements[k].to], k)
	}
	for _, to := range g.byName() {
		for _, k := range byTarget[to] {
			from := &g.nodes[statements[k].from]
			from.waits = append(from.waits, statements[k].edge)
		}
	}
	for i := range g.nodes {
		for _, e := range g.nodes[i].waits {
			to := &g.nodes[e.to]
			to.endAwaited = to.endAwaited || e.condition.awaitsEnd()
			if e.ordersStop() {
				to.waitedBy = append(to.waitedBy, i)
			}
		}
	}
}

// topological returns the regular containers, each after all those that such edges lead to.
func (g *Graph) topological(counts func(edge) bool) []int {
	order := make([]int, 0, len(g.plan.Containers))
	missing := make([]int, len(g.nodes))
	dependents := make([][]int, len(g.nodes))
	for i := range g.nodes {
		for _, e := range g.nodes[i].waits {
			if counts(e) && !g.nodes[e.to].native {
				missing[i]++
				dependents[e.to] = append(dependents[e.to], i)
			}
		}
	}
	for i := range g.plan.Containers {
		if missing[i] == 0 {
			order = append(order, i)
		}
	}
	for next := 0; next < len(order); next++ {
		for _, i := range dependents[order[next]] {
			if missing[i]--; missing[i] == 0 {
				order = append(order, i)
			}
		}
	}
	return order
}

func (g *Graph) compareNames(a, b int) int {
	return cmp.Or(strings.Compare(g.nodes[a].name, g.nodes[b].name), cmp.Compare(a, b))
}

// Plan returns the plan that the graph was built from. It must not be modified.
func (g *Graph) Plan() *Plan { return g.plan }

// IsSidecar reports whether the name is that of a regular container of type Sidecar.
func (g *Graph) IsSidecar(name string) bool {
	i, known := g.index[name]
	return known && g.nodes[i].sidecar()
}

// IsStandard reports whether the name is that of a regular container of type Standard.
func (g *Graph) IsStandard(name string) bool {
	i, known := g.index[name]
	return known && g.nodes[i].standard()
}

// IsNative reports whether the name is that of a native sidecar.
func (g *Graph) IsNative(name string) bool {
	i, known := g.index[name]
	return known && g.nodes[i].native
}

// IsTarget reports whether any container waits for the named one, by more than the list.
func (g *Graph) IsTarget(name string) bool {
	i, known := g.index[name]
	return known && len(g.nodes[i].waitedBy) > 0
}

// HookAtTermination reports whether the preStop hook of the named container runs as soon as the pod begins to stop, and not
// in the container's turn. A container that is not in the graph (an ephemeral container) is in turn at once.
func (g *Graph) HookAtTermination(name string) bool {
	i, known := g.index[name]
	return known && g.nodes[i].hookAtTermination
}

// WaitsFor returns the dependencies that the named container waits for to start, sorted by name. It leaves out those that it
// does not wait for (None), and those by the list. It returns none for an unknown container.
func (g *Graph) WaitsFor(name string) []Dependency {
	i, known := g.index[name]
	if !known {
		return nil
	}
	var dependencies []Dependency
	for _, e := range g.nodes[i].waits {
		if e.condition != None && e.condition != StartEnded {
			dependencies = append(dependencies, Dependency{Container: g.nodes[e.to].name, Condition: e.condition})
		}
	}
	return dependencies
}
