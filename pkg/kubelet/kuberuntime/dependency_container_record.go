// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"time"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/metrics"
)

// containerRecord is what is remembered of one container, whatever the runtime's ID for it. Three things go on side by side in
// the life of a container in this process, and each arrow is one function:
//
//	         hold                  release
//	wait     none ──────► held back ──────► none
//
//	         beginPull           pullEnds                         endPull
//	pull     none ──────► pulling ───────► pulled, or failed ─────────► none
//	                         ▲───pullAgain──────────┘
//
//	         begin                                  end                collect
//	start    none ──────► in flight ──startBegins──► ──────► ended well ──────► none
//	                         │   (a kill goes first)  └────► failed ──fail──► failed ──stillFailed, its time──► none
//	                         └──cancel──► none
//
// It is guarded by the lock of its podRecords.
type containerRecord struct {
	// wait is not nil while the container is held back.
	wait *containerWait
	// pull is not nil while its image is pulled ahead of its start, and until that start.
	pull *imagePull
	// start is not nil while a start is in flight.
	start *containerStart
	// failure is the last start, if that failed and is not due to be tried again.
	failure *startFailure
	// outcome of the last start.
	outcome startOutcome
	// announced is the message of the warning that users were given last.
	announced string
}

// instanceRecord is what is remembered of one container of the runtime.
type instanceRecord struct {
	id kubecontainer.ContainerID
	// started means that this process has seen the container Started.
	started bool
	// hookRun means that this process has run its preStop hook.
	hookRun bool
	// exceeded is the limit for want of which it was killed, if that is so.
	exceeded time.Duration
}

// startOutcome is whether the last start of a container by this process has done all it had to, the postStart hook included.
type startOutcome int

const (
	startUnknown startOutcome = iota
	startDone
	startFailed
)

// containerWait is a container that is held back.
type containerWait struct {
	since time.Time
	// pending are the conditions that did not hold when the pod was looked at last, by container.
	pending map[string]dependency.Condition
}

// containerStart is a start in flight. It outlives the sync that launched it, so that a slow image pull or postStart
// hook holds up neither the probes nor the starts of other containers of the pod.
type containerStart struct {
	cancel    context.CancelFunc
	cancelled bool
	// begun means that the start proper has begun: what was to be killed first is dead.
	begun bool
	// kill is not nil when the container is killed first.
	kill *containerKill
	done chan struct{}
}

// containerKill is the kill of one container apart from its pod's stop. It is not cancelled: the container has been told
// to stop, and has its grace period.
type containerKill struct {
	done chan struct{}
	// err is to be read when done is closed.
	err error
}

// startRetryPeriod is how long a container is left alone whose start has failed, unless the failure says when to try
// again: the time for which a pod worker backs off. The worker's own back-off is of no use here, because any other event
// of the pod ends it.
const startRetryPeriod = 10 * time.Second

// startFailure is a failed start that is not to be tried again before its time. Its result is part of every sync until
// then, so that the pod worker comes back and users see the reason.
type startFailure struct {
	result  kubecontainer.PodSyncResult
	retryAt time.Time
}

// hold notes what the container waits for, and reports whether the wait is new. Conditions that have come to hold since the
// last time are observed.
func (c *containerRecord) hold(blockers []dependency.Blocker) (begins bool) {
	if begins = c.wait == nil; begins {
		c.wait = &containerWait{since: time.Now()}
		metrics.DependencyBlockedContainers.Inc()
	}
	pending := map[string]dependency.Condition{}
	for _, b := range blockers {
		pending[b.Container] = b.Condition
	}
	for container, condition := range c.wait.pending {
		if _, still := pending[container]; !still {
			c.wait.observe(condition)
		}
	}
	c.wait.pending = pending
	return begins
}

// release ends the wait and returns since when it lasted. When it ends because all conditions hold, they are observed.
func (c *containerRecord) release(satisfied bool) (since time.Time, waited bool) {
	if c.wait == nil {
		return time.Time{}, false
	}
	wait := c.wait
	c.wait = nil
	metrics.DependencyBlockedContainers.Dec()
	if satisfied {
		for _, condition := range wait.pending {
			wait.observe(condition)
		}
	}
	return wait.since, true
}

func (w *containerWait) observe(condition dependency.Condition) {
	metrics.DependencyWaitDuration.WithLabelValues(string(condition)).Observe(time.Since(w.since).Seconds())
}

// begin takes note of a start, which may kill the container first.
func (c *containerRecord) begin(killsFirst bool, cancel context.CancelFunc) *containerStart {
	c.start = &containerStart{cancel: cancel, done: make(chan struct{})}
	if killsFirst {
		c.start.kill = &containerKill{done: make(chan struct{})}
	}
	return c.start
}

// killEnds reports whether the start that is to follow a kill may do so.
func (s *containerStart) killEnds(err error) bool {
	s.kill.err = err
	close(s.kill.done)
	return err == nil && !s.cancelled
}

// startBegins takes note that the container is being started, and that nothing is known yet of how that goes.
func (c *containerRecord) startBegins(start *containerStart) {
	start.begun = true
	c.outcome = startUnknown
}

// end takes note that a start has returned, and reports whether it has come to anything. What a cancelled start failed with is
// that it was cancelled: nothing to show to a user or to back off from.
func (c *containerRecord) end(start *containerStart, err error) bool {
	close(start.done)
	if c.start == start {
		c.start = nil
	}
	if start.cancelled {
		return false
	}
	if start.begun {
		c.outcome = startFailed
		if err == nil {
			c.outcome = startDone
		}
	}
	return true
}

// cancelStart cancels the start in flight and returns it. A kill that is part of it goes on.
func (c *containerRecord) cancelStart() *containerStart {
	start := c.start
	start.cancelled = true
	start.cancel()
	c.start = nil
	return start
}

// inFlight reports whether the kill has not ended.
func (k *containerKill) inFlight() bool {
	if k == nil {
		return false
	}
	select {
	case <-k.done:
		return false
	default:
		return true
	}
}

// fail leaves the container alone until its start may be tried again.
func (c *containerRecord) fail(result kubecontainer.PodSyncResult, err error) {
	retryAt, found := kubecontainer.MinBackoffExpiration(err)
	if !found {
		retryAt = time.Now().Add(startRetryPeriod)
	}
	c.failure = &startFailure{result: result, retryAt: retryAt}
}

// stillFailed returns the result of a failed start that is not to be tried again yet, and forgets one that is.
func (c *containerRecord) stillFailed() (result kubecontainer.PodSyncResult, failed bool) {
	if c.failure == nil {
		return result, false
	}
	if !time.Now().Before(c.failure.retryAt) {
		c.failure = nil
		return result, false
	}
	return c.failure.result, true
}

// announce reports whether a warning is new to users.
func (c *containerRecord) announce(message string) bool {
	isNew := c.announced != message
	c.announced = message
	return isNew
}

// runHook takes note that the preStop hook runs, and reports whether it may: it runs once for each container and kubelet process.
func (i *instanceRecord) runHook() (first bool) {
	first = !i.hookRun
	i.hookRun = true
	return first
}
