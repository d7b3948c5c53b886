// SPDX-License-Identifier: Apache-2.0

package breakdown

import (
	"fmt"
	"time"

	"kubelet-ordering/hack/bench/internal/shape"
)

// Shares are the parts of the time from the creation of a pod's sandbox to the start of its last container. They follow the chain of
// containers that decided when it started: each container of it began to start when the one before was ready, or had ended.
type Shares struct {
	// Sandbox is the time from the creation of the sandbox to the beginning of the first start: most of it is the runtime's.
	Sandbox time.Duration
	// Exit is the time from the exit of a container until the runtime said so: it cleans up after the container first. Where nobody asked
	// the runtime to tell, it is part of Gate.
	Exit time.Duration
	// Gate is the time until the kubelet knew that a container may start, Sync from then until its start began. What the pristine
	// kubelet needs for both is its Gate.
	Gate, Sync time.Duration
	// Pull is the check that the image is on the node, Create and Start what the runtime needed, with the kubelet's work around it.
	Pull, Create, Start time.Duration
	// WarmUp is what the containers needed to be ready, or to end, Probe the time from then until a probe said so.
	WarmUp, Probe time.Duration
}

// Total is the sum of all shares.
func (s Shares) Total() time.Duration {
	return s.Sandbox + s.Exit + s.Gate + s.Sync + s.Pull + s.Create + s.Start + s.WarmUp + s.Probe
}

// End is the end of a container.
type End struct {
	// At is when it exited, and Said when the runtime told the kubelet, or zero.
	At, Said time.Time
}

// known returns when the kubelet could know of the exit.
func (e End) known() time.Time {
	if e.Said.After(e.At) {
		return e.Said
	}
	return e.At
}

// Along returns the shares of a pod's start. The sandbox was created at a time, nodes have what each container waited for, steps what the
// kubelet did, and ended the ends of containers.
func Along(
	sandbox time.Time, nodes []shape.Node, steps map[string]*Steps, ended map[string]End, warmUp func(name string) time.Duration,
) (Shares, error) {
	var s Shares
	p, err := podOf(nodes, steps, ended)
	if err != nil {
		return s, err
	}
	last := ""
	for _, node := range nodes {
		if last == "" || steps[node.Name].Started.After(steps[last].Started) {
			last = node.Name
		}
	}
	for current := last; ; {
		step := steps[current]
		s.Pull += step.Pulled.Sub(step.Creating)
		s.Create += step.Created.Sub(step.Pulled)
		s.Start += step.Started.Sub(step.Created)
		decisive, since, err := p.decisive(current)
		if err != nil {
			return s, err
		}
		if decisive == "" {
			s.Sandbox = step.Creating.Sub(sandbox)
			return s, nil
		}
		if p.nodes[decisive].Ends {
			s.Exit += since.Sub(p.ended[decisive].At)
		}
		gate, sync := step.opened(since)
		s.Gate += gate
		s.Sync += sync

		took := since.Sub(steps[decisive].Started)
		needed := min(took, warmUp(decisive))
		if p.nodes[decisive].Ends {
			took = p.ended[decisive].At.Sub(steps[decisive].Started)
			needed = took
		}
		s.WarmUp += needed
		s.Probe += took - needed
		current = decisive
	}
}

// Latency is the time from the moment when the last container that another waits for was ready, or the runtime said that it had exited,
// until the kubelet had checked the other's image, after which it calls the runtime to create it.
type Latency struct {
	// Gate is the time until the kubelet knew that the container may start, Sync from then until its start began, and Pull the check of
	// the image.
	Gate, Sync, Pull time.Duration
}

// Total is the sum of all parts.
func (l Latency) Total() time.Duration { return l.Gate + l.Sync + l.Pull }

// Latencies returns one for each container that waited for others.
func Latencies(nodes []shape.Node, steps map[string]*Steps, ended map[string]End) ([]Latency, error) {
	p, err := podOf(nodes, steps, ended)
	if err != nil {
		return nil, err
	}
	var latencies []Latency
	for _, node := range nodes {
		decisive, since, err := p.decisive(node.Name)
		if err != nil {
			return nil, err
		}
		if decisive != "" {
			step := steps[node.Name]
			latency := Latency{Pull: step.Pulled.Sub(step.Creating)}
			latency.Gate, latency.Sync = step.opened(since)
			latencies = append(latencies, latency)
		}
	}
	return latencies, nil
}

// pod is what is known about the start of a pod.
type pod struct {
	nodes map[string]shape.Node
	steps map[string]*Steps
	ended map[string]End
}

func podOf(nodes []shape.Node, steps map[string]*Steps, ended map[string]End) (*pod, error) {
	p := &pod{nodes: map[string]shape.Node{}, steps: steps, ended: ended}
	for _, node := range nodes {
		p.nodes[node.Name] = node
		step := steps[node.Name]
		if step == nil || step.Creating.IsZero() || step.Pulled.IsZero() || step.Created.IsZero() || step.Started.IsZero() {
			return nil, fmt.Errorf("the kubelet's log lacks steps of the start of %s", node.Name)
		}
	}
	return p, nil
}

// held returns when what others wait for of the container held.
func (p *pod) held(name string) time.Time {
	switch {
	case p.nodes[name].Ends:
		return p.ended[name].known()
	case !p.steps[name].Probed.IsZero():
		return p.steps[name].Probed
	}
	return p.steps[name].Started
}

// decisive returns which of the containers that the named one waited for was the last to be ready, or to end, and when. It returns "" if
// it waited for none.
func (p *pod) decisive(name string) (decisive string, since time.Time, err error) {
	for _, other := range p.nodes[name].After {
		at := p.held(other)
		if at.IsZero() {
			return "", since, fmt.Errorf("%s has not ended", other)
		}
		if decisive == "" || at.After(since) {
			decisive, since = other, at
		}
	}
	return decisive, since, nil
}
