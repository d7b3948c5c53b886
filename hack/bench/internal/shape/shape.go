// SPDX-License-Identifier: Apache-2.0

// Package shape says which pods are measured, and builds them for each of the kubelets.
package shape

import (
	"fmt"
	"slices"
	"time"
)

// Case is one pod to be measured.
type Case struct {
	Kind Kind
	// Size is the number of sidecars, or of containers of an Ordinary or a Deaf pod; Diamond and Realistic have one of their own.
	Size int
	// WarmUp is what each container but the app takes from its start until it is ready, or exits.
	WarmUp time.Duration
	// Period of the probes, in seconds. It is 0 for a pod without probes, such as an Ordinary or a Deaf one, or one of a crowd.
	Period int
}

// Name is short, unique, and fit to be a pod's name, such as chain-4-300ms-p10.
func (c Case) Name() string {
	name := c.Shape()
	if c.Period > 0 {
		name += fmt.Sprintf("-%dms-p%d", c.WarmUp.Milliseconds(), c.Period)
	}
	return name
}

// Shape is the part of the name that tells kind and size, such as chain-4.
func (c Case) Shape() string {
	if c.Kind == Diamond || c.Kind == Realistic {
		return string(c.Kind)
	}
	return fmt.Sprintf("%s-%d", c.Kind, c.Size)
}

// WarmUpOf is the shortest time from the named container's start until another may follow it.
func (c Case) WarmUpOf(name string) time.Duration {
	if name == App {
		return 0
	}
	return c.WarmUp
}

// Crowd is the pod of which many run at a time.
var Crowd = Case{Kind: Independent, Size: 2}

// Kind is how the containers of a pod depend on one another.
type Kind string

// The kinds of pods.
const (
	// Independent sidecars, and an app that waits for all of them.
	Independent Kind = "independent"
	// Chain of sidecars, each of which waits for the one before, and the app for the last.
	Chain Kind = "chain"
	// Diamond: certs, then two sidecars, then one that waits for both, then the app.
	Diamond Kind = "diamond"
	// Realistic is the demo's pod: certs that run to their end, three sidecars and the app.
	Realistic Kind = "realistic"
	// Ordinary pods know no order, and none of their containers has a probe.
	Ordinary Kind = "ordinary"
	// Deaf is a chain whose containers ignore their stop signal, and have no probes: its stop is what is measured. Its size
	// counts the app.
	Deaf Kind = "deaf"
)

// DeafGrace is the termination grace period of a Deaf pod, in seconds.
const DeafGrace = 16

// App is the name of the container for which all others are started.
const App = "app"

// Node is one container.
type Node struct {
	Name string
	// After are the containers that it waits for directly. All of them stand before it in the list of nodes.
	After []string
	// Ends is true of a container that exits with 0 after its warm-up: who waits for it waits for that. All others become ready.
	Ends bool
}

// Nodes are the containers of the pod, each after those that it waits for; the app, if there is one, is the last.
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
