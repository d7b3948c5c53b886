// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"sync"
	"time"

	kubetypes "k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/kubelet/dependencies"
)

// stopClock is the one deadline of a pod's termination. It is kept until the pod's sandbox is gone, so that a stop that is
// tried again has no more time than the first one had left. It only ever comes nearer.
type stopClock struct {
	// sandbox that the stop is of: a pod that is stopped for a new sandbox has its full period in that.
	sandbox string

	lock     sync.Mutex
	grace    time.Duration
	deadline time.Time
	// changed is closed when the deadline comes nearer.
	changed chan struct{}
}

// stopClock returns the clock of the pod's stop, which begins now unless it has begun. latest, if set, is the time by which
// an earlier kubelet would have stopped the pod, and floors what the containers that run get in any case.
func (d *dependencyManager) stopClock(uid kubetypes.UID, sandbox string, grace time.Duration, latest time.Time, floors time.Duration) *stopClock {
	d.lock.Lock()
	defer d.lock.Unlock()
	p := d.pod(uid)
	if p.stop != nil && p.stop.sandbox == sandbox {
		p.stop.shorten(grace)
		return p.stop
	}
	now := time.Now()
	deadline := now.Add(grace)
	// This process has not run the pod: it was stopping already when the process began.
	if !p.synced && !latest.IsZero() && latest.Before(deadline) {
		deadline = latest
		if least := now.Add(floors); deadline.Before(least) {
			deadline = least
		}
	}
	p.stop = &stopClock{sandbox: sandbox, grace: grace, deadline: deadline, changed: make(chan struct{})}
	return p.stop
}

// shorten follows a grace period that is shorter than the one in force, from now on.
func (c *stopClock) shorten(grace time.Duration) {
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

// follow lets the clock hear of a shorter grace period until the context ends.
func (c *stopClock) follow(ctx context.Context, uid kubetypes.UID) {
	seconds, stop := dependencies.WatchGracePeriod(uid)
	go func() {
		defer utilruntime.HandleCrashWithContext(ctx)
		defer stop()
		for {
			select {
			case <-ctx.Done():
				return
			case s := <-seconds:
				c.shorten(time.Duration(s) * time.Second)
			}
		}
	}()
}

// now returns the period and what is left of it, and a channel that is closed when they are no longer true.
func (c *stopClock) now() (period, left time.Duration, changed <-chan struct{}) {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.grace, time.Until(c.deadline), c.changed
}

// waitFor returns true when the channel is closed, and false when there is no time to wait for that.
func (c *stopClock) waitFor(gone <-chan struct{}) bool {
	for !c.atOnce() {
		_, left, changed := c.now()
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

// atOnce tells whether the period leaves no time for an order: a hard eviction or a forced deletion stops all containers at
// once, and so does a deadline that has passed.
func (c *stopClock) atOnce() bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.grace <= dependency.MaxUnorderedPeriod || time.Until(c.deadline) <= 0
}
