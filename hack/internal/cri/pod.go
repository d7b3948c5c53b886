// SPDX-License-Identifier: Apache-2.0

package cri

import (
	"slices"
	"time"
)

// Pod is what the runtime has reported about a pod so far.
type Pod struct {
	// Created is the creation time of the pod's first sandbox.
	Created time.Time
	// Containers are the runtime's records, including those that are gone, in the order in which they were first seen.
	Containers []*Container
}

// Container is one record of the runtime. A zero time means that the event has not happened yet.
type Container struct {
	ID, Name                   string
	Created, Started, Finished time.Time
	// ExitCode is the exit code if the container has finished.
	ExitCode int32
	// Lost reports whether the record vanished before the exit was seen. Finished is then the time when it was found missing, and
	// the exit code is unknown.
	Lost bool
}

// container returns the record with the ID, or nil if there is none.
func (p *Pod) container(id string) *Container {
	if i := slices.IndexFunc(p.Containers, func(c *Container) bool { return c.ID == id }); i >= 0 {
		return p.Containers[i]
	}
	return nil
}

// Starts returns the first start of each of the pod's containers, by name.
func (p *Pod) Starts() map[string]time.Time {
	starts := map[string]time.Time{}
	for _, c := range p.Containers {
		if first, ok := starts[c.Name]; !c.Started.IsZero() && (!ok || c.Started.Before(first)) {
			starts[c.Name] = c.Started
		}
	}
	return starts
}

// Started returns the latest of the containers' first starts, and whether at least that many containers have started.
func (p *Pod) Started(containers int) (time.Time, bool) {
	var last time.Time
	starts := p.Starts()
	for _, start := range starts {
		last = later(last, start)
	}
	return last, len(starts) >= containers
}

// Again returns the name of a container that was started more than once, or an empty string.
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

// Ended returns when the last container finished, and whether all have.
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
