// SPDX-License-Identifier: Apache-2.0

package podstop

import (
	"context"
	"sync"
	"time"
)

// Clock is the one deadline of a pod's termination. It only ever comes nearer. A Clock is safe for concurrent use.
type Clock struct {
	// maxUnordered is the longest grace period that leaves no time for an order.
	maxUnordered time.Duration

	lock     sync.Mutex
	grace    time.Duration
	deadline time.Time
	// changed is closed when the deadline comes nearer.
	changed chan struct{}
}

// NewClock returns a clock with the grace period that begins now. A deadline before the end of that period takes its place. A
// period of at most maxUnordered leaves no time for an order.
func NewClock(grace, maxUnordered time.Duration, deadline time.Time) *Clock {
	c := &Clock{maxUnordered: maxUnordered, grace: grace, deadline: time.Now().Add(grace), changed: make(chan struct{})}
	if !deadline.IsZero() && deadline.Before(c.deadline) {
		c.deadline = deadline
	}
	return c
}

// Shorten follows a grace period that is shorter than the one in force, from now on. Longer ones change nothing.
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

// Follow shortens the clock's grace period by the seconds that are published, until the context ends.
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

// Now returns the grace period, the time left, which is negative after the deadline, and a channel that is closed when they have
// become shorter.
func (c *Clock) Now() (grace, left time.Duration, changed <-chan struct{}) {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.grace, time.Until(c.deadline), c.changed
}

// WaitFor returns true when the channel is closed, and false when there is no time to wait for that.
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

// AtOnce reports whether there is no time for an order: the grace period is at most maxUnordered, or the deadline has passed.
func (c *Clock) AtOnce() bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.grace <= c.maxUnordered || time.Until(c.deadline) <= 0
}
