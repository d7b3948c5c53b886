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

// Job is the work on one node. One of Pods, Runtime, Crowd and Tenants is set.
type Job struct {
	Round   int
	Subject result.Subject
	// Group, if it is not 0, is the same for jobs that run at the same time on nodes of their own.
	Group int `json:",omitempty"`
	// Results is the file to append the samples to.
	Results string

	Pods *Pods `json:",omitempty"`
	// Runtime are numbers of containers to start at once, without a kubelet.
	Runtime []int    `json:",omitempty"`
	Crowd   *Crowd   `json:",omitempty"`
	Tenants *Tenants `json:",omitempty"`

	// Profiles is a directory for profiles of the kubelet with a Crowd or with Tenants, or empty.
	Profiles string `json:",omitempty"`

	Progress Progress
}

// Pods are pods to start and stop.
type Pods struct {
	Style shape.Style
	// InTurn run one after the other; then Together, which mostly sleep, run at the same time.
	InTurn, Together []shape.Case
	// Breakdown: record where the time of the starts goes, instead of how long they and the stops take. The kubelet then logs so much that
	// it is slower.
	Breakdown bool `json:",omitempty"`
	// Neighbors is how many pods of the style are on the node beside them, at rest.
	Neighbors int `json:",omitempty"`
}

// Period is the longest probe period of the pods.
func (p Pods) Period() time.Duration {
	longest := 0
	for _, c := range slices.Concat(p.InTurn, p.Together) {
		longest = max(longest, c.Period)
	}
	return time.Duration(longest) * time.Second
}

// Crowd is many pods at the same time.
type Crowd struct {
	Style shape.Style
	Pods  int
	// Rest is how long to measure the load at rest, and again under churn, in parts of Window; 0 means to measure the start only.
	Rest time.Duration
	// Drained: create the pods by an API server, delete them at once, and count the requests that this takes, instead of the times and
	// the load.
	Drained bool `json:",omitempty"`
	// Beside is how many jobs of the group measure the load at the same time: what disturbs the machine disturbs all of them.
	Beside int `json:",omitempty"`
}

// Window is how long the load is measured for one sample. The kernel counts processor time in hundredths of a second.
const Window = 30 * time.Second

// Tenants are ordinary pods beside others.
type Tenants struct {
	// Hostile says what the neighbors are: hostile, or idle.
	Hostile             bool
	Neighbors, Ordinary int
	// Rest is how long to watch the kubelet and the probes.
	Rest time.Duration
}

// Stagger is the time between the starts of pods that run together.
const Stagger = 1500 * time.Millisecond

// Settle is how long a crowd rests before its load, or other pods beside it, are measured, and how long the neighbors of tenants have to start.
const Settle = 15 * time.Second

// Progress writes progress messages of the whole run.
type Progress struct {
	// Begin of the run.
	Begin time.Time
	// Title of the job, such as "round 1/3, ours".
	Title string
}

// Say writes a line with the time since Begin.
func (p Progress) Say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench %6.0fs  %s: %s\n", time.Since(p.Begin).Seconds(), p.Title, fmt.Sprintf(format, args...))
}
