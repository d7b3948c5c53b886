// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"slices"
)

// StopMessage lists the containers that are stopping, and what each other running container waits for:
//
//	stopping "app"; "proxy" waits for "app"; "certs" waits for "app", "proxy"
//
// It is empty if no container runs. told reports whether a container has been told to stop. The text changes only with
// running and told.
func (g *Graph) StopMessage(running, told func(name string) bool) string {
	var runs nodeSet
	var stopping, waiting []int
	for i := range g.nodes {
		switch name := g.nodes[i].name; {
		case !running(name):
			continue
		case told(name):
			stopping = append(stopping, i)
		default:
			waiting = append(waiting, i)
		}
		runs.add(i)
	}
	after := g.stopsAfter(&runs)
	waiting = slices.DeleteFunc(waiting, func(i int) bool { return after[i].len() == 0 })
	// The next containers to stop come first.
	slices.SortFunc(waiting, func(a, b int) int {
		if n := after[a].len() - after[b].len(); n != 0 {
			return n
		}
		return g.compareNames(a, b)
	})
	slices.SortFunc(stopping, g.compareNames)
	m := stopMessage{graph: g, byName: g.byName()}
	if len(stopping) > 0 {
		limit := MaxTextNames
		if len(waiting) > 0 {
			limit /= 2
		}
		m.text = append(m.text, "stopping "...)
		m.list(stopping, limit)
	}
	for k, i := range waiting {
		before := len(m.text)
		if before > 0 {
			m.text = append(m.text, "; "...)
		}
		if m.mayName(i, MaxTextNames) {
			m.text = append(appendName(m.text, g.nodes[i].name), " waits for "...)
			m.list(m.membersOf(&after[i]), MaxTextNames)
			if len(m.text)+moreBytes <= MaxTextBytes {
				continue
			}
			if m.text = m.text[:before]; before > 0 {
				m.text = append(m.text, "; "...)
			}
		}
		m.text = fmt.Appendf(m.text, "%d more wait", len(waiting)-k)
		break
	}
	return bounded(m.text)
}

// stopMessage is the state of one call of StopMessage.
type stopMessage struct {
	graph  *Graph
	byName []int
	text   []byte
	named  nodeSet
}

// mayName reports whether the text may name the container: it has named it already, or fewer containers than the limit.
func (m *stopMessage) mayName(i, limit int) bool {
	if m.named.has(i) {
		return true
	}
	if m.named.len() >= limit {
		return false
	}
	m.named.add(i)
	return true
}

// list appends a list of those containers that may be named, and the number of the others.
func (m *stopMessage) list(containers []int, limit int) {
	listed := 0
	for _, i := range containers {
		if !m.mayName(i, limit) {
			continue
		}
		if listed > 0 {
			m.text = append(m.text, ", "...)
		}
		m.text = appendName(m.text, m.graph.nodes[i].name)
		listed++
	}
	switch rest := len(containers) - listed; {
	case rest == 0:
	case listed == 0:
		m.text = fmt.Appendf(m.text, "%d others", rest)
	default:
		m.text = fmt.Appendf(m.text, " and %d more", rest)
	}
}

// membersOf returns the nodes of the set, sorted by name.
func (m *stopMessage) membersOf(set *nodeSet) []int {
	members := make([]int, 0, set.len())
	for _, i := range m.byName {
		if set.has(i) {
			members = append(members, i)
		}
	}
	return members
}

// byName returns the nodes sorted by name.
func (g *Graph) byName() []int {
	nodes := make([]int, len(g.nodes))
	for i := range nodes {
		nodes[i] = i
	}
	slices.SortFunc(nodes, g.compareNames)
	return nodes
}
