// SPDX-License-Identifier: Apache-2.0

// Package timeline turns facts into intervals: what each container did when. It does not draw, and does not read the clock.
package timeline

import (
	"time"

	"kubelet-ordering/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// State is the state of a container during a span.
type State int

// The states, in the order in which a container goes through them.
const (
	Waiting State = iota
	Starting
	Running // and not ready
	Ready
	PreStop
	Stopping
)

func (s State) String() string {
	return [...]string{"waiting", "starting", "running", "ready", "preStop", "stopping"}[s]
}

// Timeline is the pod over time. All durations are relative to when the manifest was put in place.
type Timeline struct {
	*facts.Pod
	// Elapsed is the time until now, or until the end if Done.
	Elapsed time.Duration
	Done    bool
	Rows    []Row
	Links   []Link
	// Note is what a picture says of how exact it is, or empty.
	Note string
}

// Row is one container.
type Row struct {
	Name, Role string
	Spans      []Span
	Exits      []Exit
}

// Span is a period in one state.
type Span struct {
	State    State
	From, To time.Duration
	// For are the dependencies that a waiting container waits for; Note is any other reason to wait.
	For  []dependency.Dependency
	Note string
}

// Exit is the end of a run.
type Exit struct {
	At   time.Duration
	Code int32
	// Told: the kubelet stopped it. Unseen: the code is not known.
	Told, Unseen bool
}

// Link leads from the time at which the last dependency of a container was met to the start of that container.
type Link struct {
	From, To int // rows
	Held, At time.Duration
}
