// SPDX-License-Identifier: Apache-2.0

// Package drawing draws the order of a pod: as text, for Graphviz, for Mermaid and as an SVG picture. It reads nothing.
package drawing

import (
	"slices"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// Roles of a container.
const (
	Standard = string(dependency.Standard)
	Sidecar  = string(dependency.Sidecar)
	// Native is an init container with restartPolicy Always.
	Native = "native sidecar"
)

// Graph is the order of one pod. Its JSON form is what -o json prints.
type Graph struct {
	Object     string      `json:"object"`
	Containers []Container `json:"containers"`
	// Edges are what counts, Dropped what does not.
	Edges   []Edge    `json:"edges"`
	Dropped []Dropped `json:"dropped,omitempty"`
}

// Container is a regular container or native sidecar.
type Container struct {
	Name string `json:"name"`
	Role string `json:"role"`
	// Layer is the length of the longest chain of its dependencies.
	Layer int `json:"layer"`
	// HookAtTermination: its preStop hook runs as soon as the pod begins to stop.
	HookAtTermination bool `json:"hookAtTermination,omitempty"`
}

// Edge is what a pod says about two containers.
type Edge struct {
	Dependent  string `json:"dependent"`
	Dependency string `json:"dependency"`
	// Condition is StartEnded for an edge by the list.
	Condition string `json:"condition"`
	// Strength is Named, ByType, BySidecar or ByList, Speaker the container from which it comes, and Path where it stands.
	Strength string `json:"strength"`
	Speaker  string `json:"speaker"`
	Path     string `json:"path"`
	// Implied edges follow from others: pictures leave them out.
	Implied bool `json:"implied,omitempty"`
}

// Dropped is a statement that is no edge.
type Dropped struct {
	Edge
	Reason string `json:"reason"`
	// Back is a path of edges that are as strong or stronger, from the dependency back to the dependent.
	Back []string `json:"back,omitempty"`
}

// Of returns the graph of a pod that uses ordering. prefix is the path of its template, or empty.
func Of(object string, pod *v1.Pod, x *dependency.Explanation, path func(string) string) *Graph {
	g := &Graph{Object: object}
	for _, e := range x.Edges {
		g.Edges = append(g.Edges, edge(e, path))
	}
	for _, d := range x.Dropped {
		g.Dropped = append(g.Dropped, Dropped{Edge: edge(d.ExplainedEdge, path), Reason: string(d.Reason), Back: d.Back})
	}
	layers := g.layers()
	for i := range pod.Spec.InitContainers {
		if c := &pod.Spec.InitContainers[i]; x.Graph.IsNative(c.Name) {
			g.Containers = append(g.Containers, Container{c.Name, Native, 0, x.Graph.HookAtTermination(c.Name)})
		}
	}
	natives := len(g.Containers)
	for i := range pod.Spec.Containers {
		name := pod.Spec.Containers[i].Name
		role := Standard
		if x.Graph.IsSidecar(name) {
			role = Sidecar
		}
		g.Containers = append(g.Containers, Container{name, role, layers[name], x.Graph.HookAtTermination(name)})
	}
	slices.SortStableFunc(g.Containers[natives:], func(a, b Container) int { return a.Layer - b.Layer })
	g.markImplied()
	return g
}

func edge(e dependency.ExplainedEdge, path func(string) string) Edge {
	condition := e.Condition
	if condition == "" {
		condition = dependency.StartEnded
	}
	return Edge{
		Dependent: e.Dependent, Dependency: e.Dependency, Condition: string(condition), Strength: e.Strength.String(), Speaker: e.Speaker,
		Path: path(e.Path.String()),
	}
}

// layers returns the layer of each container that waits for another one, by name. The graph has no cycle: edges of the start and of
// the stop alone may contradict one another, and then the picture goes by the start.
func (g *Graph) layers() map[string]int {
	waits := map[string][]string{}
	for _, e := range g.Edges {
		if e.Condition != string(dependency.None) {
			waits[e.Dependent] = append(waits[e.Dependent], e.Dependency)
		}
	}
	known := map[string]int{}
	var layer func(name string) int
	layer = func(name string) int {
		if l, ok := known[name]; ok {
			return l
		}
		l := 0
		for _, to := range waits[name] {
			l = max(l, layer(to)+1)
		}
		known[name] = l
		return l
	}
	for name := range waits {
		layer(name)
	}
	return known
}

// markImplied marks the edges that follow from others: a longer path of edges to Ready or stronger leads to the same container.
func (g *Graph) markImplied() {
	strict := func(e *Edge) bool {
		return e.Condition == string(dependency.Ready) || e.Condition == string(dependency.Started) ||
			e.Condition == string(dependency.Completed) || e.Condition == string(dependency.Succeeded)
	}
	direct := map[string]map[string]bool{}
	for i := range g.Edges {
		if e := &g.Edges[i]; strict(e) {
			if direct[e.Dependent] == nil {
				direct[e.Dependent] = map[string]bool{}
			}
			direct[e.Dependent][e.Dependency] = true
		}
	}
	// reach has, by container, all that a path leads to.
	reach := map[string]map[string]bool{}
	var visit func(name string) map[string]bool
	visit = func(name string) map[string]bool {
		if r, ok := reach[name]; ok {
			return r
		}
		r := map[string]bool{}
		for to := range direct[name] {
			r[to] = true
			for beyond := range visit(to) {
				r[beyond] = true
			}
		}
		reach[name] = r
		return r
	}
	for i := range g.Edges {
		e := &g.Edges[i]
		if e.Condition != string(dependency.Ready) {
			continue
		}
		for via := range direct[e.Dependent] {
			if via != e.Dependency && visit(via)[e.Dependency] {
				e.Implied = true
			}
		}
	}
}

// Shown are the edges that a picture draws: all, or those that do not follow from others.
func (g *Graph) Shown(all bool) []Edge {
	var shown []Edge
	for _, e := range g.Edges {
		if all || !e.Implied {
			shown = append(shown, e)
		}
	}
	return shown
}

// Refused are the dropped statements that a picture draws: those that no other edge stands for.
func (g *Graph) Refused() []Dropped {
	var refused []Dropped
	for _, d := range g.Dropped {
		if d.Reason != string(dependency.Overruled) {
			refused = append(refused, d)
		}
	}
	return refused
}
