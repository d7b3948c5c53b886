// SPDX-License-Identifier: Apache-2.0

package dependency

import "slices"

// components returns the number of each node's strongly connected component, in a graph of n nodes: two nodes have the same
// number if each is reachable from the other. It implements Tarjan's algorithm with an explicit stack, because the user
// controls the depth of the graph.
func components(n int, edges func(int) []edge) []int {
	const unseen = -1
	number := make([]int, n)
	low := make([]int, n)
	component := make([]int, n)
	for i := range n {
		number[i], component[i] = unseen, unseen
	}
	type frame struct {
		node  int
		edges []edge
	}
	var frames []frame
	var stack []int
	next, count := 0, 0
	enter := func(i int) {
		number[i], low[i] = next, next
		next++
		stack = append(stack, i)
		frames = append(frames, frame{node: i, edges: edges(i)})
	}
	for root := range n {
		if number[root] != unseen {
			continue
		}
		enter(root)
		for len(frames) > 0 {
			top := &frames[len(frames)-1]
			if len(top.edges) > 0 {
				to := top.edges[0].to
				top.edges = top.edges[1:]
				switch {
				case number[to] == unseen:
					enter(to)
				case component[to] == unseen:
					low[top.node] = min(low[top.node], number[to])
				}
				continue
			}
			i := top.node
			frames = frames[:len(frames)-1]
			if len(frames) > 0 {
				parent := frames[len(frames)-1].node
				low[parent] = min(low[parent], low[i])
			}
			if low[i] != number[i] {
				continue
			}
			for {
				member := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				component[member] = count
				if member == i {
					break
				}
			}
			count++
		}
	}
	return component
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
