// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// cycles reports each strongly connected component of the named edges: as a path, the shortest cycle through the component's
// first container by name, with all of the component's edges, any of which may be wrong. The place of the problem is the
// first container of the path that says something.
func cycles(g *Graph, statements []statement, at places, problems *problemList) {
	component := components(len(g.nodes), func(i int) []edge { return g.nodes[i].waits })
	members := map[int][]int{}
	for i, c := range component {
		members[c] = append(members[c], i)
	}
	var firsts []int
	for _, m := range members {
		if len(m) > 1 {
			firsts = append(firsts, slices.MinFunc(m, g.compareNames))
		}
	}
	slices.SortFunc(firsts, g.compareNames)
	for _, first := range firsts {
		problems.add(func() *field.Error {
			cycle := g.shortestCycle(first)
			speaker := cycle[max(0, slices.IndexFunc(cycle, func(i int) bool { return g.nodes[i].says != nil }))]
			return field.Invalid(at.of(g.nodes[speaker].name), pathOf(g.names(cycle)), fmt.Sprintf(
				"the containers wait for one another in a cycle: remove one of the entries that say %s",
				g.edgesWithin(statements, func(i int) bool { return component[i] == component[first] })))
		})
	}
}

// edgesWithin lists the edges between nodes of one component, in the order of their names.
func (g *Graph) edgesWithin(statements []statement, member func(int) bool) string {
	var within []statement
	for _, s := range statements {
		if member(s.from) && member(s.to) {
			within = append(within, s)
		}
	}
	slices.SortStableFunc(within, func(a, b statement) int {
		if c := g.compareNames(a.from, b.from); c != 0 {
			return c
		}
		return g.compareNames(a.to, b.to)
	})
	text := appendList(nil, MaxTextBytes/2, len(within), func(text []byte, k int) []byte {
		s := within[k]
		text = appendName(append(appendName(text, g.nodes[s.from].name), " waits for "...), g.nodes[s.to].name)
		return append(appendName(append(text, " ("+s.origin.String()+" of "...), g.nodes[s.origin.speaker].name), ')')
	})
	return string(text)
}

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
