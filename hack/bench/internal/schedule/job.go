// SPDX-License-Identifier: Apache-2.0

package schedule

import (
	"slices"
	"time"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
)

// Job is what is done on one node, between its way up and its way down. Of its parts one is set.
type Job struct {
	Round   int
	Subject result.Subject
	// Results is the file that gets the samples.
	Results string

	Pods    *Pods    `json:",omitempty"`
	Runtime *Runtime `json:",omitempty"`
	Crowd   *Crowd   `json:",omitempty"`

	// What the job can tell of the whole run.
	Progress Progress
}

// Pods are started and stopped.
type Pods struct {
	Style shape.Style
	// InTurn is run one after the other, and then Together, which mostly sleep, at the same time.
	InTurn, Together []shape.Case
}

// Period is the longest of the pods' probes.
func (p Pods) Period() time.Duration {
	longest := 0
	for _, c := range slices.Concat(p.InTurn, p.Together) {
		longest = max(longest, c.Period)
	}
	return time.Duration(longest) * time.Second
}

// Runtime is measured without a kubelet.
type Runtime struct {
	// Containers are the numbers of containers to start at once.
	Containers []int
	// Times is how often, each.
	Times int
}

// Crowd is many pods at a time.
type Crowd struct {
	Style shape.Style
	Pods  int
	// Rest is how long to watch them at rest, and again while some are replaced; 0 is not at all.
	Rest time.Duration
}

const (
	// bringUp is what a node takes to come up and to go down.
	bringUp = 6 * time.Second
	// Stagger is the distance at which pods that run together are started.
	Stagger = 1500 * time.Millisecond
)

// Expect is roughly how long the job takes.
func (j Job) Expect() time.Duration {
	total := bringUp
	switch {
	case j.Pods != nil:
		total += j.Pods.Period()
		for _, c := range j.Pods.InTurn {
			total += c.Expect(j.Pods.Style) + c.ExpectStop()
		}
		longest := time.Duration(0)
		for i, c := range j.Pods.Together {
			longest = max(longest, time.Duration(i)*Stagger+c.Expect(j.Pods.Style)+c.ExpectStop())
		}
		total += longest
	case j.Runtime != nil:
		for _, n := range j.Runtime.Containers {
			total += time.Duration(j.Runtime.Times) * (300*time.Millisecond + time.Duration(n)*100*time.Millisecond)
		}
	case j.Crowd != nil:
		total += time.Duration(j.Crowd.Pods)*350*time.Millisecond + j.Crowd.Watch()
	}
	return total
}

// Settle is how long a crowd is left alone before it is watched at rest.
const Settle = 15 * time.Second

// Watch is how long a crowd is kept when it has started.
func (c Crowd) Watch() time.Duration {
	if c.Rest == 0 {
		return 0
	}
	return Settle + 2*c.Rest
}
