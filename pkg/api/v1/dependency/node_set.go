// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"math/bits"
	"slices"
)

// nodeSet is a set of nodes of a graph, which has at most MaxContainers of them.
type nodeSet [MaxContainers / 64]uint64

func (s *nodeSet) add(i int) { s[i/64] |= 1 << (i % 64) }

func (s *nodeSet) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

func (s *nodeSet) len() int {
	count := 0
	for _, word := range s {
		count += bits.OnesCount64(word)
	}
	return count
}

func (s *nodeSet) addAll(other *nodeSet) {
	for k := range s {
		s[k] |= other[k]
	}
}

func (s *nodeSet) keep(other *nodeSet) {
	for k := range s {
		s[k] &= other[k]
	}
}

// closure returns the transitive closure of a graph: by node, the nodes that a path of one edge or more leads to. edges has, by
// node, the targets of its edges. Two nodes are in one strongly connected component if each reaches the other.
func closure(edges []nodeSet) []nodeSet {
	reach := slices.Clone(edges)
	for via := range reach {
		for from := range reach {
			if reach[from].has(via) {
				reach[from].addAll(&reach[via])
			}
		}
	}
	return reach
}

// stopsAfter returns, by node, those nodes of the set that must have stopped before it: StopsAfter of all nodes in one pass
// over the edges.
func (g *Graph) stopsAfter(set *nodeSet) []nodeSet {
	after := make([]nodeSet, len(g.nodes))
	var all nodeSet
	for _, i := range slices.Backward(g.stopOrder) {
		for _, j := range g.nodes[i].waitedBy {
			after[i].add(j)
			after[i].addAll(&after[j])
		}
		all.add(i)
	}
	for i := len(g.nodes) - 1; i >= 0 && g.nodes[i].native; i-- {
		after[i] = all
		all.add(i)
	}
	for i := range after {
		after[i].keep(set)
	}
	return after
}
