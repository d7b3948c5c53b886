// SPDX-License-Identifier: Apache-2.0

package podstop

import (
	"context"
	"sync"
	"time"
)

// Clock has the deadline of a pod's termination. The deadline can only move earlier. A Clock is safe for concurrent use.
type Clock struct {
	// maxUnordered is the longest grace period that is too short for an ordered stop.
	maxUnordered time.Duration

	lock     sync.Mutex
	grace    time.Duration
	deadline time.Time
	// changed is closed when the grace period becomes shorter.
	changed chan struct{}
}

// NewClock returns a clock for a grace period that begins now. A non-zero deadline before the end of that period takes
// precedence. A period of at most maxUnordered is too short for an ordered stop.
func NewClock(grace, maxUnordered time.Duration, deadline time.Time) *Clock {
	c := &Clock{maxUnordered: maxUnordered, grace: grace, deadline: time.Now().Add(grace), changed: make(chan struct{})}
	if !deadline.IsZero() && deadline.Before(c.deadline) {
		c.deadline = deadline
	}
	return c
}

// Shorten applies a shorter grace period, which begins now. It ignores a period that is not shorter than the current one.
func (c *Clock) Shorten(grace time.Duration) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if grace >= c.grace {
		return
	}
	c.grace = grace
	if deadline := time.Now().Add(grace); deadline.Before(c.deadline) {
		c.deadline = deadline
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// Follow shortens the clock's grace period to each value that it receives, until the context is done.
func (c *Clock) Follow(ctx context.Context, seconds <-chan int64) {
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-seconds:
			c.Shorten(time.Duration(s) * time.Second)
		}
	}
}

// Now returns the grace period, the time left, and a channel that is closed when the grace period becomes shorter. The time
// left is negative after the deadline.
func (c *Clock) Now() (grace, left time.Duration, changed <-chan struct{}) {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.grace, time.Until(c.deadline), c.changed
}

// WaitFor waits until the channel is closed. It reports whether that happened before the time ran out (see AtOnce).
func (c *Clock) WaitFor(gone <-chan struct{}) bool {
	for !c.AtOnce() {
		_, left, changed := c.Now()
		timer := time.NewTimer(left)
		select {
		case <-gone:
			timer.Stop()
			return true
		case <-changed:
			timer.Stop()
		case <-timer.C:
		}
	}
	return false
}

// AtOnce reports whether all containers must stop at once: the grace period is at most maxUnordered, or the deadline has
// passed.
func (c *Clock) AtOnce() bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.grace <= c.maxUnordered || time.Until(c.deadline) <= 0
}
