// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Graph is the order of the containers of one pod. It is immutable and valid: it has no cycle.
type Graph struct {
	plan  *Plan
	nodes []node // the regular containers in the order of the pod, then the native sidecars in the order of the pod
	index map[string]int
	// order lists the regular containers, each after all of its dependencies.
	order []int
}

type node struct {
	name        string
	native      bool
	sidecar     bool
	stopTimeout *int64
	waits       []edge // sorted by the name of the target
	waitedBy    []int
}

func (n *node) standard() bool { return !n.native && !n.sidecar }

// edge leads from a dependent to its dependency.
type edge struct {
	to        int
	condition Condition
}

// New validates the plan and builds its graph. The error is an *InvalidError with all problems of the plan.
func New(plan *Plan) (*Graph, error) {
	var problems problemList
	graph := build(plan, places{}, &problems)
	if problems.any() {
		return nil, &InvalidError{Problems: problems.listed, More: problems.more, Plan: plan}
	}
	return graph, nil
}

// build returns the graph of a plan, and adds its problems. If there are any, the graph must not be used. It builds none of a
// plan that exceeds a bound.
func build(plan *Plan, at places, problems *problemList) *Graph {
	if problem := problemOfSize(plan, at); problem != nil {
		problems.add(func() *field.Error { return problem })
		return nil
	}
	validate(plan, at, problems)
	g := &Graph{plan: plan, index: map[string]int{}}
	for i := range plan.Containers {
		c := &plan.Containers[i]
		n := node{name: c.Name, sidecar: c.Lifecycle.isSidecar()}
		if c.Lifecycle != nil {
			n.stopTimeout = c.Lifecycle.StopTimeoutSeconds
		}
		g.add(n)
	}
	for _, c := range plan.InitContainers {
		if c.Native {
			g.add(node{name: c.Name, native: true})
		}
	}
	explicit, candidates := g.explicitEdges(), g.candidateEdges()
	component := components(len(g.nodes), func(i int) []edge { return slices.Concat(explicit[i], candidates[i]) })
	taken := make([]int, len(g.nodes)) // by target: the last node that has an edge to it, plus 1
	for i := range g.nodes {
		var waits []edge
		add := func(e edge) {
			if taken[e.to] != i+1 {
				taken[e.to] = i + 1
				waits = append(waits, e)
			}
		}
		for _, e := range explicit[i] {
			add(e)
		}
		for _, e := range candidates[i] {
			if component[i] != component[e.to] {
				add(e)
			}
		}
		slices.SortFunc(waits, func(a, b edge) int { return g.compareNames(a.to, b.to) })
		g.nodes[i].waits = waits
		for _, e := range waits {
			g.nodes[e.to].waitedBy = append(g.nodes[e.to].waitedBy, i)
		}
	}
	cycles(g, at, problems)
	if !problems.any() {
		g.order = g.topological()
	}
	return g
}

func (g *Graph) add(n node) {
	if _, taken := g.index[n.name]; !taken {
		g.index[n.name] = len(g.nodes)
	}
	g.nodes = append(g.nodes, n)
}

// explicitEdges returns the edges that the pod names, by the index of the dependent. It may return several edges for one
// pair. The first one counts, so a dependsOn entry takes precedence over a before entry.
func (g *Graph) explicitEdges() [][]edge {
	edges := make([][]edge, len(g.nodes))
	for i, c := range g.plan.Containers {
		if c.Lifecycle == nil {
			continue
		}
		for _, d := range c.Lifecycle.DependsOn {
			if to, known := g.index[d.Container]; known && to != i {
				edges[i] = append(edges[i], edge{to: to, condition: d.condition()})
			}
		}
	}
	for i, c := range g.plan.Containers {
		if c.Lifecycle == nil {
			continue
		}
		for _, name := range c.Lifecycle.Before {
			if from, known := g.index[name]; known && from != i && !g.nodes[from].native {
				edges[from] = append(edges[from], edge{to: i, condition: Ready})
			}
		}
	}
	return edges
}

// candidateEdges returns the edges that follow from types and wildcards. They may duplicate explicit edges and one another.
func (g *Graph) candidateEdges() [][]edge {
	edges := make([][]edge, len(g.nodes))
	var sidecars, wildcards []int
	for i := range g.plan.Containers {
		if g.nodes[i].sidecar {
			sidecars = append(sidecars, i)
		}
		if g.plan.Containers[i].Lifecycle.hasWildcard() {
			wildcards = append(wildcards, i)
		}
	}
	for i := range g.plan.Containers {
		if g.nodes[i].sidecar {
			continue
		}
		for _, to := range sidecars {
			edges[i] = append(edges[i], edge{to: to, condition: Ready})
		}
		if g.plan.Containers[i].Lifecycle.hasWildcard() {
			continue
		}
		for _, to := range wildcards {
			edges[i] = append(edges[i], edge{to: to, condition: Ready})
		}
	}
	return edges
}

// topological returns the regular containers, each after all of its dependencies.
func (g *Graph) topological() []int {
	order := make([]int, 0, len(g.plan.Containers))
	missing := make([]int, len(g.nodes))
	for i := range g.nodes {
		for _, e := range g.nodes[i].waits {
			if !g.nodes[e.to].native {
				missing[i]++
			}
		}
	}
	for i := range g.plan.Containers {
		if missing[i] == 0 {
			order = append(order, i)
		}
	}
	for next := 0; next < len(order); next++ {
		for _, i := range g.nodes[order[next]].waitedBy {
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
	return known && g.nodes[i].sidecar
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

// IsTarget reports whether any container waits for the named one.
func (g *Graph) IsTarget(name string) bool {
	i, known := g.index[name]
	return known && len(g.nodes[i].waitedBy) > 0
}

// WaitsFor returns the dependencies of the named container, sorted by name. It returns none for an unknown container.
func (g *Graph) WaitsFor(name string) []Dependency {
	i, known := g.index[name]
	if !known {
		return nil
	}
	var dependencies []Dependency
	for _, e := range g.nodes[i].waits {
		dependencies = append(dependencies, Dependency{Container: g.nodes[e.to].name, Condition: e.condition})
	}
	return dependencies
}
