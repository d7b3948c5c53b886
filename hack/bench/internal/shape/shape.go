// SPDX-License-Identifier: Apache-2.0

// Package shape defines the pods to measure, and builds them for each kubelet.
package shape

import (
	"fmt"
	"slices"
	"time"
)

// Case is one pod to measure.
type Case struct {
	Kind Kind
	// Size is the number of sidecars, or of containers of an Ordinary or a Deaf pod; Diamond and Realistic have a fixed size.
	Size int
	// WarmUp is the time from the start of each container but the app until it is ready, or exits.
	WarmUp time.Duration
	// Period of the probes, in seconds. It is 0 for a pod without probes, such as an Ordinary or a Deaf one, or one of a crowd.
	Period int
	// Exec probes run a command in the container; all others ask by HTTP.
	Exec bool
}

// Name is short, unique, and a valid name of a pod, such as chain-4-300ms-p10.
func (c Case) Name() string {
	name := c.Shape()
	if c.Period > 0 {
		name += fmt.Sprintf("-%dms-p%d", c.WarmUp.Milliseconds(), c.Period)
	}
	return name
}

// Shape is the part of the name with kind, size and probes, such as chain-4 or chain-4-exec.
func (c Case) Shape() string {
	shape := string(c.Kind)
	if c.Kind != Diamond && c.Kind != Realistic {
		shape += fmt.Sprintf("-%d", c.Size)
	}
	if c.Exec {
		shape += "-exec"
	}
	return shape
}

// WarmUpOf is the shortest time from the start of the container to that of a dependent.
func (c Case) WarmUpOf(name string) time.Duration {
	if name == App {
		return 0
	}
	return c.WarmUp
}

// Crowd is each of the many pods that run at the same time.
var Crowd = Case{Kind: Independent, Size: 2}

// Kind is how the containers of a pod depend on one another.
type Kind string

// The kinds of pods.
const (
	// Independent sidecars, and an app that waits for all of them.
	Independent Kind = "independent"
	// Chain of sidecars, each of which waits for the one before; the app waits for the last.
	Chain Kind = "chain"
	// Diamond: certs, then two sidecars, then one that waits for both, then the app.
	Diamond Kind = "diamond"
	// Realistic is a pod with certs, a bootstrap that runs to completion, three sidecars and the app.
	Realistic Kind = "realistic"
	// Ordinary pods have neither order nor probes.
	Ordinary Kind = "ordinary"
	// Deaf is a chain of containers that ignore their stop signal and have no probes, to measure its stop. Its size includes the app.
	Deaf Kind = "deaf"
)

// DeafGrace is the termination grace period of a Deaf pod, in seconds.
const DeafGrace = 16

// App is the name of the container that needs all others.
const App = "app"

// Node is one container.
type Node struct {
	Name string
	// After are its direct dependencies. They come before it in the list of nodes.
	After []string
	// Ends: the container exits with code 0 after its warm-up, and its dependents wait for that. All others become ready.
	Ends bool
}

// Nodes returns the containers of the pod, each after its dependencies; the app, if there is one, is the last.
func (c Case) Nodes() []Node {
	size := c.Size
	var nodes []Node
	switch c.Kind {
	case Ordinary:
		for i := range size {
			nodes = append(nodes, Node{Name: fmt.Sprintf("c%d", i+1)})
		}
		return nodes
	case Independent, Chain, Deaf:
		if c.Kind == Deaf {
			size--
		}
		for i := range size {
			node := Node{Name: fmt.Sprintf("s%d", i+1)}
			if c.Kind != Independent && i > 0 {
				node.After = []string{nodes[i-1].Name}
			}
			nodes = append(nodes, node)
		}
	case Diamond:
		nodes = []Node{
			{Name: "certs"},
			{Name: "a", After: []string{"certs"}},
			{Name: "b", After: []string{"certs"}},
			{Name: "mesh", After: []string{"a", "b"}},
		}
	case Realistic:
		nodes = []Node{
			{Name: "certs", Ends: true},
			{Name: "agent", After: []string{"certs"}},
			{Name: "metrics", After: []string{"agent"}},
			{Name: "mesh", After: []string{"certs"}},
		}
	}
	app := Node{Name: App}
	for _, node := range nodes {
		if !waitedFor(nodes, node.Name) {
			app.After = append(app.After, node.Name)
		}
	}
	return append(nodes, app)
}

func waitedFor(nodes []Node, name string) bool {
	return slices.ContainsFunc(nodes, func(n Node) bool { return slices.Contains(n.After, name) })
}
