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
	return s.Sandbox + s.Gate + s.Sync + s.Pull + s.Create + s.Start + s.WarmUp + s.Probe
}

// Along returns the shares of a pod's start. The sandbox was created at a time, nodes have what each container waited for, steps what the
// kubelet did, and ended when a container exited.
func Along(
	sandbox time.Time, nodes []shape.Node, steps map[string]*Steps, ended map[string]time.Time, warmUp func(name string) time.Duration,
) (Shares, error) {
	var s Shares
	byName := map[string]shape.Node{}
	last := ""
	for _, node := range nodes {
		byName[node.Name] = node
		step := steps[node.Name]
		if step == nil || step.Creating.IsZero() || step.Pulled.IsZero() || step.Created.IsZero() || step.Started.IsZero() {
			return s, fmt.Errorf("the kubelet's log lacks steps of the start of %s", node.Name)
		}
		if last == "" || step.Started.After(steps[last].Started) {
			last = node.Name
		}
	}
	// held is when what others wait for held.
	held := func(name string) time.Time {
		switch {
		case byName[name].Ends:
			return ended[name]
		case !steps[name].Probed.IsZero():
			return steps[name].Probed
		}
		return steps[name].Started
	}
	for current := last; ; {
		step := steps[current]
		s.Pull += step.Pulled.Sub(step.Creating)
		s.Create += step.Created.Sub(step.Pulled)
		s.Start += step.Started.Sub(step.Created)
		decisive := ""
		for _, name := range byName[current].After {
			if held(name).IsZero() {
				return s, fmt.Errorf("%s has not ended", name)
			}
			if decisive == "" || held(name).After(held(decisive)) {
				decisive = name
			}
		}
		if decisive == "" {
			s.Sandbox = step.Creating.Sub(sandbox)
			return s, nil
		}
		since := held(decisive)
		open := step.Open
		if open.Before(since) || open.After(step.Creating) {
			open = step.Creating
		}
		s.Gate += open.Sub(since)
		s.Sync += step.Creating.Sub(open)

		took := since.Sub(steps[decisive].Started)
		needed := took
		if !byName[decisive].Ends {
			needed = min(took, warmUp(decisive))
		}
		s.WarmUp += needed
		s.Probe += took - needed
		current = decisive
	}
}
