// SPDX-License-Identifier: Apache-2.0

package schedule

import (
	"fmt"
	"os"
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

	Pods *Pods `json:",omitempty"`
	// Runtime are numbers of containers to start at once, without a kubelet.
	Runtime []int  `json:",omitempty"`
	Crowd   *Crowd `json:",omitempty"`

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

// Crowd is many pods at a time.
type Crowd struct {
	Style shape.Style
	Pods  int
	// Rest is how long to watch them at rest, and again while some are replaced; 0 is not at all.
	Rest time.Duration
}

// Stagger is the distance at which pods that run together are started.
const Stagger = 1500 * time.Millisecond

// Settle is how long a crowd is left alone before it is watched at rest.
const Settle = 15 * time.Second

// Progress tells where the whole run is.
type Progress struct {
	// Begin of the run.
	Begin time.Time
	// Title of what is done now, such as "round 1/3, ours".
	Title string
}

// Say writes a line, with the time that has passed.
func (p Progress) Say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench %6.0fs  %s: %s\n", time.Since(p.Begin).Seconds(), p.Title, fmt.Sprintf(format, args...))
}
