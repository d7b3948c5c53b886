// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Explanation is why a pod has the order that it has.
type Explanation struct {
	// Graph of the pod.
	Graph *Graph
	// Edges are the edges of the graph, sorted by dependent, then by dependency.
	Edges []ExplainedEdge
	// Dropped are the other statements of the pod, in the same order.
	Dropped []DroppedEdge
}

// ExplainedEdge is what the pod says about two containers.
type ExplainedEdge struct {
	// Dependent waits for Dependency, unless the condition is None, and stops before it.
	Dependent, Dependency string
	// Condition to wait for. It is empty for ByList, which waits for the end of the first start.
	Condition Condition
	// Strength of the statement.
	Strength Strength
	// Speaker is the container from which the statement comes.
	Speaker string
	// Path of the entry or field of the pod that says it.
	Path *field.Path
}

// String describes the edge in one line: "app" waits for "proxy" to be Ready (...).
func (e ExplainedEdge) String() string {
	text := appendName(nil, e.Dependent)
	switch e.Condition {
	case None:
		text = append(appendName(append(text, " stops before "...), e.Dependency), " and does not wait for it"...)
	case "":
		text = appendName(append(text, " waits for the end of the postStart hook of "...), e.Dependency)
	default:
		text = append(appendName(append(text, " waits for "...), e.Dependency), " to be "+string(e.Condition)...)
	}
	return fmt.Sprintf("%s (%s: %s)", text, e.Strength, e.Path)
}

// DropReason is why a statement of a pod is not an edge of its graph.
type DropReason string

const (
	// Overruled statements are about a pair that a stronger statement is about, or the dependent's own of the same strength.
	Overruled DropReason = "Overruled"
	// Contradicted statements lie on a cycle with statements that are as strong or stronger.
	Contradicted DropReason = "Contradicted"
	// StartsFirst statements would have a native sidecar wait, which starts before every regular container.
	StartsFirst DropReason = "StartsFirst"
)

// DroppedEdge is a statement that is not an edge of the graph.
type DroppedEdge struct {
	ExplainedEdge
	// Reason why it is dropped.
	Reason DropReason
	// Back is a shortest path of edges that are as strong or stronger, from the dependency back to the dependent. Only
	// Contradicted statements have one.
	Back []string
}

// String describes the statement and why it is dropped in one line.
func (e DroppedEdge) String() string {
	switch e.Reason {
	case Overruled:
		return e.ExplainedEdge.String() + ": a stronger statement about the two counts"
	case Contradicted:
		return fmt.Sprintf("%s: dropped, because of %s", e.ExplainedEdge, pathOf(e.Back))
	default:
		return e.ExplainedEdge.String() + ": dropped, because a native sidecar starts before all regular containers"
	}
}

// Explain returns why the pod has the order that it has. It returns nil and no error if the pod does not use ordering. The
// error is an *InvalidError. It is for tools: it takes far longer than ForPod, and its result has up to four statements for
// each pair of containers.
func Explain(pod *v1.Pod, fields LifecycleFunc) (*Explanation, error) {
	if !InUse(pod, fields) {
		return nil, nil
	}
	r := read(nil, pod, fields)
	x := explaining{result: &Explanation{}, reading: r, backs: map[Strength][]back{}}
	if !r.tooMany {
		x.result.Graph = build(r.plan, r.places, &r.problems, x.told)
	}
	if r.problems.any() {
		return nil, &InvalidError{Problems: r.problems.listed, More: r.problems.more, Plan: r.plan}
	}
	x.finish()
	return x.result, nil
}

// explaining is the state of one call of Explain.
type explaining struct {
	*reading
	result *Explanation
	// told are all statements, with what has become of them.
	statements []statement
	fates      []fate
	// backs are the paths by strength and first node.
	backs map[Strength][]back
}

// back has, by node, the node before it on a shortest path from one node, or -1.
type back []int

func (x *explaining) told(s statement, f fate) {
	x.statements = append(x.statements, s)
	x.fates = append(x.fates, f)
}

func (x *explaining) finish() {
	for k, s := range x.statements {
		edge := x.edge(s)
		if x.fates[k] == kept {
			x.result.Edges = append(x.result.Edges, edge)
			continue
		}
		dropped := DroppedEdge{ExplainedEdge: edge, Reason: map[fate]DropReason{
			overruled: Overruled, contradicted: Contradicted, startsFirst: StartsFirst}[x.fates[k]]}
		if dropped.Reason == Contradicted {
			dropped.Back = x.path(s)
		}
		x.result.Dropped = append(x.result.Dropped, dropped)
	}
	slices.SortStableFunc(x.result.Edges, compareEdges)
	slices.SortStableFunc(x.result.Dropped, func(a, b DroppedEdge) int { return compareEdges(a.ExplainedEdge, b.ExplainedEdge) })
}

func compareEdges(a, b ExplainedEdge) int {
	if c := strings.Compare(a.Dependent, b.Dependent); c != 0 {
		return c
	}
	return strings.Compare(a.Dependency, b.Dependency)
}

func (x *explaining) edge(s statement) ExplainedEdge {
	nodes := x.result.Graph.nodes
	e := ExplainedEdge{
		Dependent: nodes[s.from].name, Dependency: nodes[s.to].name, Condition: s.condition, Strength: s.strength,
		Speaker: nodes[s.origin.speaker].name,
	}
	switch s.strength {
	case BySidecar:
		e.Path = x.places.of(e.Speaker).Child("type")
	case ByList:
		e.Condition, e.Path = "", x.places.containers().Index(int(s.origin.speaker)).Child("lifecycle", "postStart")
	default:
		list := "dependsOn"
		if s.origin.before {
			list = "before"
		}
		e.Path = x.places.of(e.Speaker).Child(list).Index(int(s.origin.entry))
	}
	return e
}

// path returns a shortest path from the dependency of a contradicted statement back to its dependent.
func (x *explaining) path(s statement) []string {
	g := x.result.Graph
	if x.backs[s.strength] == nil {
		x.backs[s.strength] = make([]back, len(g.nodes))
	}
	tree := x.backs[s.strength][s.to]
	if tree == nil {
		tree = x.tree(s.to, s.strength)
		x.backs[s.strength][s.to] = tree
	}
	var names []string
	for i := s.from; i >= 0; i = tree[i] {
		names = append(names, g.nodes[i].name)
	}
	slices.Reverse(names)
	return names
}

// tree returns the shortest paths from a node along the statements that were edges when those of the strength were added.
func (x *explaining) tree(from int, strength Strength) back {
	edges := make([][]int, len(x.result.Graph.nodes))
	for k, s := range x.statements {
		if strength == ByList && s.condition == None {
			continue
		}
		if s.strength < strength && x.fates[k] == kept || s.strength == strength && x.fates[k] != overruled && x.fates[k] != startsFirst {
			edges[s.from] = append(edges[s.from], s.to)
		}
	}
	tree := make(back, len(edges))
	for i := range tree {
		tree[i] = -2 // not reached
	}
	tree[from] = -1
	queue := []int{from}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for _, to := range edges[i] {
			if tree[to] == -2 {
				tree[to] = i
				queue = append(queue, to)
			}
		}
	}
	return tree
}
