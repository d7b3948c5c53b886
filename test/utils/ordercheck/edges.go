// SPDX-License-Identifier: Apache-2.0

package ordercheck

import (
	"maps"

	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

// Edges are edges and their conditions, by dependent and dependency.
type Edges map[string]map[string]dependency.Condition

// ByList is the condition of the edges by the list: the start of an earlier container in the list has ended, hook included. They
// order the start alone.
const ByList dependency.Condition = "by the list"

// EdgesByTheBook derives the edges of a pod from the rules of KEP.md.
func EdgesByTheBook(regular, initial []v1.Container, said map[string]*dependency.Lifecycle) Edges {
	var names []string
	role, isRegular := map[string]dependency.Type{}, map[string]bool{}
	for _, c := range regular {
		names = append(names, c.Name)
		role[c.Name], isRegular[c.Name] = dependency.Standard, true
	}
	for _, c := range initial {
		if c.RestartPolicy != nil {
			names = append(names, c.Name)
			role[c.Name] = ""
		}
	}
	for name, l := range said {
		if l.Type == dependency.Sidecar {
			role[name] = dependency.Sidecar
		}
	}
	edges := Edges{}
	for _, name := range names {
		edges[name] = map[string]dependency.Condition{}
	}
	// The pairs that something has been said about.
	taken := map[[2]string]bool{}
	// stronger returns the edges that statements may contradict.
	stronger := func() Edges { return edges }
	add := func(statements func(say func(from, to string, condition dependency.Condition)), mayContradict bool) {
		said := Edges{}
		for _, name := range names {
			said[name] = map[string]dependency.Condition{}
		}
		statements(func(from, to string, condition dependency.Condition) {
			if condition == "" {
				condition = dependency.Ready
			}
			if from != to && isRegular[from] && !taken[[2]string{from, to}] {
				taken[[2]string{from, to}] = true
				said[from][to] = condition
			}
		})
		all := stronger().with(said)
		for from := range said {
			for to, condition := range said[from] {
				if !mayContradict || !all.reach(to, from) {
					edges[from][to] = condition
				}
			}
		}
	}
	// What a container itself depends on counts more than what others say about it.
	entries := func(say func(speaker string, before bool, entry dependency.Dependency)) {
		for _, before := range []bool{false, true} {
			for name, l := range said {
				entries := l.DependsOn
				if before {
					entries = l.Before
				}
				for _, entry := range entries {
					say(name, before, entry)
				}
			}
		}
	}
	add(func(say func(from, to string, condition dependency.Condition)) {
		entries(func(speaker string, before bool, entry dependency.Dependency) {
			if _, known := role[entry.Container]; !known {
				return
			}
			if before {
				say(entry.Container, speaker, entry.Condition)
			} else {
				say(speaker, entry.Container, entry.Condition)
			}
		})
	}, false)
	add(func(say func(from, to string, condition dependency.Condition)) {
		entries(func(speaker string, before bool, entry dependency.Dependency) {
			for _, other := range names {
				switch {
				case entry.Type == "" || entry.Type != role[other]:
				case before:
					say(other, speaker, entry.Condition)
				default:
					say(speaker, other, entry.Condition)
				}
			}
		})
	}, true)
	add(func(say func(from, to string, condition dependency.Condition)) {
		for _, from := range names {
			for _, to := range names {
				if role[from] == dependency.Standard && role[to] == dependency.Sidecar {
					say(from, to, dependency.Ready)
				}
			}
		}
	}, true)
	// None orders the stop alone, and the list the start alone.
	stronger = func() Edges { return edges.Without(dependency.None) }
	add(func(say func(from, to string, condition dependency.Condition)) {
		for i, to := range regular {
			for _, from := range regular[i+1:] {
				if to.Lifecycle != nil && to.Lifecycle.PostStart != nil {
					say(from.Name, to.Name, ByList)
				}
			}
		}
	}, true)
	return edges
}

// with returns all edges of both.
func (e Edges) with(more Edges) Edges {
	all := Edges{}
	for _, edges := range []Edges{e, more} {
		for from := range edges {
			if all[from] == nil {
				all[from] = map[string]dependency.Condition{}
			}
			maps.Copy(all[from], edges[from])
		}
	}
	return all
}

// Without returns the edges with other conditions.
func (e Edges) Without(condition dependency.Condition) Edges {
	others := e.with(nil)
	for from := range others {
		maps.DeleteFunc(others[from], func(_ string, c dependency.Condition) bool { return c == condition })
	}
	return others
}

// reach reports whether edges lead from one container to another.
func (e Edges) reach(from, to string) bool {
	seen, todo := map[string]bool{}, []string{from}
	for len(todo) > 0 {
		next := todo[0]
		todo = todo[1:]
		for target := range e[next] {
			if target == to {
				return true
			}
			if !seen[target] {
				seen[target] = true
				todo = append(todo, target)
			}
		}
	}
	return false
}

// MustStopBefore returns the containers that must have stopped before the named one is told to stop.
func (p *Subject) MustStopBefore(name string) map[string]bool {
	before := map[string]bool{}
	later := false
	for _, c := range p.Spec.InitContainers {
		if later && c.RestartPolicy != nil {
			before[c.Name] = true
		}
		if c.Name == name {
			later = true
		}
	}
	if later && p.Container(name).RestartPolicy == nil {
		// Nothing is promised about a plain init container, beside which a regular one runs only in a former sandbox.
		return nil
	}
	if later {
		for _, c := range p.Spec.Containers {
			before[c.Name] = true
		}
		return before
	}
	todo := []string{name}
	for len(todo) > 0 {
		target := todo[0]
		todo = todo[1:]
		for other, waits := range p.StopEdges {
			if _, waiting := waits[target]; waiting && !before[other] {
				before[other] = true
				todo = append(todo, other)
			}
		}
	}
	return before
}
