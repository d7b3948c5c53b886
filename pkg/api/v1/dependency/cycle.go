// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// cycles reports each strongly connected component of the named edges: as a path, the shortest cycle through the component's
// first container by name, with all of the component's edges, any of which may be wrong. The place of the problem is the
// first container of the path that says something.
func cycles(g *Graph, statements []statement, at places, problems *problemList) {
	edges := make([]nodeSet, len(g.nodes))
	for i := range statements {
		if statements[i].strength == Named {
			edges[statements[i].from].add(statements[i].to)
		}
	}
	reach := closure(edges)
	within := func(a, b int) bool { return reach[a].has(b) && reach[b].has(a) }
	var firsts []int
	for i := range g.nodes {
		first := reach[i].has(i)
		for j := range g.nodes {
			first = first && (!within(i, j) || g.compareNames(i, j) <= 0)
		}
		if first {
			firsts = append(firsts, i)
		}
	}
	slices.SortFunc(firsts, g.compareNames)
	for _, first := range firsts {
		problems.add(func() *field.Error {
			cycle := g.shortestCycle(first)
			speaker := cycle[max(0, slices.IndexFunc(cycle, func(i int) bool { return g.nodes[i].says != nil }))]
			entries := g.edgesWithin(statements, func(i int) bool { return within(first, i) }, cycle[:min(len(cycle), MaxTextNames)])
			return field.Invalid(at.of(g.nodes[speaker].name), pathOf(g.names(cycle)),
				"the containers wait for one another in a cycle: remove one of the entries that say "+entries)
		})
	}
}

// shortestCycle returns a shortest cycle through the start node. The node is the first and the last element. It must be on
// a cycle.
func (g *Graph) shortestCycle(start int) []int {
	cameFrom := map[int]int{}
	queue := []int{start}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for _, e := range g.nodes[i].waits {
			if !e.ordersStop() {
				continue
			}
			if e.to == start {
				path := []int{start}
				for at := i; at != start; at = cameFrom[at] {
					path = append(path, at)
				}
				path = append(path, start)
				slices.Reverse(path)
				return path
			}
			if _, seen := cameFrom[e.to]; !seen {
				cameFrom[e.to] = i
				queue = append(queue, e.to)
			}
		}
	}
	return []int{start}
}

// edgesWithin lists the statements about two nodes of one component, sorted by name. Of a large component, it lists those
// about the named nodes, and about some more.
func (g *Graph) edgesWithin(statements []statement, within func(int) bool, named []int) string {
	var all, listed []statement
	for _, s := range statements {
		if s.strength == Named && within(s.from) && within(s.to) {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b statement) int {
		return cmp.Or(g.compareNames(a.from, b.from), g.compareNames(a.to, b.to))
	})
	var names nodeSet
	for _, i := range named {
		names.add(i)
	}
	for _, s := range all {
		with := names
		with.add(s.from)
		with.add(s.to)
		if with.len() <= MaxTextNames {
			names = with
			listed = append(listed, s)
		}
	}
	more := len(all) - len(listed)
	var text []byte
	for k, s := range listed {
		before := len(text)
		if k > 0 {
			text = append(text, ", "...)
		}
		text = appendName(append(appendName(text, g.nodes[s.from].name), " waits for "...), g.nodes[s.to].name)
		text = append(appendName(append(text, " ("+s.origin.String()+" of "...), g.nodes[s.origin.speaker].name), ')')
		if len(text) > maxCycleBytes {
			text, more = text[:before], more+len(listed)-k
			break
		}
	}
	if more > 0 {
		text = fmt.Appendf(text, " and %d more", more)
	}
	return string(text)
}

// maxCycleBytes is the greatest size of the list of a cycle's edges.
const maxCycleBytes = MaxTextBytes / 3

func (g *Graph) names(nodes []int) []string {
	names := make([]string, len(nodes))
	for k, i := range nodes {
		names[k] = g.nodes[i].name
	}
	return names
}

// pathOf returns the names as a path. It leaves out those in the middle of a long one.
func pathOf(path []string) string {
	var names []string
	left := 0
	for k, name := range path {
		if k < MaxTextNames || k == len(path)-1 {
			names = append(names, shorten(name, maxNameBytes))
		} else {
			left++
		}
	}
	if left > 0 {
		names[len(names)-1] = fmt.Sprintf("(%d more) -> %s", left, names[len(names)-1])
	}
	return strings.Join(names, " -> ")
}
