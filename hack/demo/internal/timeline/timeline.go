// SPDX-License-Identifier: Apache-2.0

// Package timeline turns facts into intervals: what each container was doing when. It draws nothing and reads no clock.
package timeline

import (
	"time"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// State is what a container does during a span.
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

// Timeline is the pod over time. All times are counted from when the manifest was put in place.
type Timeline struct {
	Pod, RestartPolicy string
	Phase, Reason      string
	// Elapsed is now, or the end when Done.
	Elapsed time.Duration
	Done    bool
	Rows    []Row
	Links   []Link
}

// Row is one container.
type Row struct {
	Name, Role string
	Spans      []Span
	Exits      []Exit
}

// Span is a time in one state.
type Span struct {
	State    State
	From, To time.Duration
	// For is whom a waiting container waits for; Note is another reason for it to wait.
	For  []dependency.Dependency
	Note string
}

// Exit is the end of a run.
type Exit struct {
	At   time.Duration
	Code int32
	// Told: it was told to stop. Unseen: the code is not known.
	Told, Unseen bool
}

// Link leads from the moment in which the last edge of a container held to its start.
type Link struct {
	From, To int // rows
	Held, At time.Duration
}
