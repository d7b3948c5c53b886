// SPDX-License-Identifier: Apache-2.0

// Package chain finds the chain of waits that decided when a container started, what each link cost, and what would be gained at most by
// making it faster.
package chain

import (
	"fmt"
	"slices"
	"time"

	"kubelet-ordering/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// Chain is the chain of one container. Its JSON form is what -o json prints; times are in seconds since the pod was created.
type Chain struct {
	Object    string `json:"object"`
	Container string `json:"container"`
	// Started is when the container started.
	Started float64 `json:"startedSeconds"`
	// Links are from the first to the container itself.
	Links []Link `json:"links"`
}

// Link is one container of the chain.
type Link struct {
	Container string `json:"container"`
	// Condition is what the next link waited for; it is empty for the last one.
	Condition string `json:"condition,omitempty"`
	// Open is when the container could start: when the link before held. Started and Held follow.
	Open    float64 `json:"openSeconds"`
	Started float64 `json:"startedSeconds"`
	Held    float64 `json:"heldSeconds"`
	// Gain is how much earlier the container of the chain would have started at most, if this link had taken no time.
	Gain float64 `json:"gainSeconds"`
}

// Cost is the time that the link took.
func (l Link) Cost() float64 { return l.Held - l.Open }

// Init is the name of the link of the init containers that are no native sidecars.
const Init = "(init containers)"

// Of returns the chain of the named container, or of the Standard container that started last.
func Of(object string, pod *facts.Pod, graph *dependency.Graph, name string) (*Chain, error) {
	f := &finder{pod: pod, graph: graph}
	if name == "" {
		if name = f.last(); name == "" {
			return nil, fmt.Errorf("no Standard container of %s has started yet: kubectl order why says for what they wait", object)
		}
	}
	target := pod.Container(name)
	switch {
	case target == nil || target.Role == "init":
		return nil, fmt.Errorf("%s has no regular container and no native sidecar %q", object, name)
	case target.FirstStart().IsZero():
		return nil, fmt.Errorf("container %q of %s has not started yet: kubectl order why says for what it waits", name, object)
	}
	c := &Chain{Object: object, Container: name, Started: f.seconds(target.FirstStart())}
	f.follow(c, name)
	slices.Reverse(c.Links)
	gate := f.gate(name, "")
	for i := range c.Links {
		l := &c.Links[i]
		if l.Container == name && l.Condition == "" {
			l.Gain = l.Cost()
			continue
		}
		l.Gain = gate.Sub(f.gate(name, l.Container)).Seconds()
	}
	return c, nil
}

type finder struct {
	pod   *facts.Pod
	graph *dependency.Graph
}

func (f *finder) seconds(t time.Time) float64 { return t.Sub(f.pod.Begin).Seconds() }

// last is the Standard container whose first start was last. Of those that started in the same second, which is all that a status
// tells, it is one for which no other waits.
func (f *finder) last() string {
	name, at := "", time.Time{}
	for _, c := range f.pod.Containers {
		start := c.FirstStart()
		if c.Role != string(dependency.Standard) || start.IsZero() {
			continue
		}
		if start.After(at) || start.Equal(at) && f.follows(c.Name, name) {
			name, at = c.Name, start
		}
	}
	return name
}

// follows reports whether a container waits for another, directly or not.
func (f *finder) follows(name, other string) bool {
	seen := map[string]bool{}
	var follows func(name string) bool
	follows = func(name string) bool {
		if seen[name] {
			return false
		}
		seen[name] = true
		return slices.ContainsFunc(f.waits(name), func(d dependency.Dependency) bool {
			return d.Container == other || follows(d.Container)
		})
	}
	return follows(name)
}

// inits is when the init containers that are no native sidecars had ended, or the beginning of the pod.
func (f *finder) inits() time.Time {
	end := f.pod.Begin
	for _, c := range f.pod.Containers {
		if last := c.Last(); c.Role == "init" && last != nil && last.Finished.After(end) {
			end = last.Finished
		}
	}
	return end
}

func (f *finder) waits(name string) []dependency.Dependency {
	if f.graph == nil {
		return nil
	}
	return f.graph.WaitsFor(name)
}

// held is when a condition was met, or zero.
func (f *finder) held(d dependency.Dependency) time.Time {
	return f.pod.Container(d.Container).First(d.Condition).Latest
}

// follow adds the links from the container back to the first.
func (f *finder) follow(c *Chain, name string) {
	condition, held := "", f.pod.Container(name).FirstStart()
	for name != "" {
		container := f.pod.Container(name)
		next, open := f.pod.LastHeld(f.waits(name))
		at := open.Latest
		inits := f.inits()
		byInit := container.Role != "native" && inits.After(f.pod.Begin) && !at.After(inits)
		if at.IsZero() || byInit {
			at, next = f.pod.Begin, dependency.Dependency{}
			if byInit {
				at = inits
			}
		}
		c.Links = append(c.Links, Link{
			Container: name, Condition: condition, Open: f.seconds(at), Started: f.seconds(container.FirstStart()), Held: f.seconds(held),
		})
		if byInit {
			c.Links = append(c.Links, Link{Container: Init, Condition: string(dependency.Completed), Held: f.seconds(inits), Started: 0})
			return
		}
		name, condition, held = next.Container, string(next.Condition), at
	}
}

// gate is when the named container could have started if the link of one container had taken no time. Without one it is as it was.
func (f *finder) gate(name, free string) time.Time {
	known := map[string]time.Time{}
	var gate func(name string) time.Time
	gate = func(name string) time.Time {
		if at, ok := known[name]; ok {
			return at
		}
		at := f.pod.Begin
		if f.pod.Container(name).Role != "native" && free != Init {
			at = f.inits()
		}
		for _, d := range f.waits(name) {
			held := f.held(d)
			if held.IsZero() {
				continue
			}
			// What it took from the time at which it could start is its own.
			own := held.Sub(f.actual(d.Container))
			if d.Container == free {
				own = 0
			}
			if then := gate(d.Container).Add(max(own, 0)); then.After(at) {
				at = then
			}
		}
		known[name] = at
		return at
	}
	return gate(name)
}

// actual is when the container could start.
func (f *finder) actual(name string) time.Time {
	at := f.pod.Begin
	if f.pod.Container(name).Role != "native" {
		at = f.inits()
	}
	for _, d := range f.waits(name) {
		if held := f.held(d); held.After(at) {
			at = held
		}
	}
	return at
}
