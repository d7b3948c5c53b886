// SPDX-License-Identifier: Apache-2.0

package cri

import (
	"slices"
	"time"
)

// Pod is what the runtime has told of a pod so far.
type Pod struct {
	// Created is when its first sandbox was.
	Created time.Time
	// Containers are the runtime's records, also of those that are gone, in the order in which they were seen first.
	Containers []*Container
}

// Container is one record of the runtime. A zero time has not come yet.
type Container struct {
	ID, Name                   string
	Created, Started, Finished time.Time
	// ExitCode is that of a finished container.
	ExitCode int32
	// Lost reports whether the record vanished before its end was seen: Finished is then when it was missed, and the code unknown.
	Lost bool
}

// container finds a record; it is nil when there is none.
func (p *Pod) container(id string) *Container {
	if i := slices.IndexFunc(p.Containers, func(c *Container) bool { return c.ID == id }); i >= 0 {
		return p.Containers[i]
	}
	return nil
}

// Starts are the first starts of the pod's containers, by name.
func (p *Pod) Starts() map[string]time.Time {
	starts := map[string]time.Time{}
	for _, c := range p.Containers {
		if first, ok := starts[c.Name]; !c.Started.IsZero() && (!ok || c.Started.Before(first)) {
			starts[c.Name] = c.Started
		}
	}
	return starts
}

// Started is the last of the first starts of so many containers; it is false while fewer have started.
func (p *Pod) Started(containers int) (time.Time, bool) {
	var last time.Time
	starts := p.Starts()
	for _, start := range starts {
		last = later(last, start)
	}
	return last, len(starts) >= containers
}

// Again names a container that was started more than once, if there is one.
func (p *Pod) Again() string {
	seen := map[string]bool{}
	for _, c := range p.Containers {
		if seen[c.Name] {
			return c.Name
		}
		seen[c.Name] = true
	}
	return ""
}

// Ended is when the last container finished; it is false while one has not.
func (p *Pod) Ended() (time.Time, bool) {
	var last time.Time
	for _, c := range p.Containers {
		if c.Finished.IsZero() {
			return time.Time{}, false
		}
		last = later(last, c.Finished)
	}
	return last, true
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
