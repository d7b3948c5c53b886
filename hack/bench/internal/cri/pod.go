// SPDX-License-Identifier: Apache-2.0

package cri

import "time"

// Pod is what the runtime has told of a pod so far.
type Pod struct {
	// Created is when its sandbox was.
	Created time.Time
	// Containers by ID.
	Containers map[string]*Container
}

// Container is one record of the runtime. A zero time has not come yet.
type Container struct {
	Name              string
	Started, Finished time.Time
	// Exit is the exit code of a finished container.
	Exit int32
	// running is whether it was running when it was last asked for.
	running bool
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
		if c.Finished.After(last) {
			last = c.Finished
		}
	}
	return last, true
}
