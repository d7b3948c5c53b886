// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"time"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/metrics"
)

// containerRecord is what this process remembers of one container of a pod, across the runtime's IDs for it. It has
// three independent states; each arrow is one function:
//
//	wait   none ─hold─► held back ─release─► none
//
//	pull   none ─beginPull─► queued ─begin, in its turn─► pulling ─end─► pulled or failed ─endPull─► none
//	                            ▲                                                   │
//	                            └─────────────────────when due──────────────────────┘
//
//	start  none ─begin─► in flight ─end─► succeeded ─collect─► none
//	                         │  └───end─► failed ─collect─► backing off ─stillFailed, when due─► none
//	                         │                               └─retriesNow─► none
//	                         └─cancelStart─► cancelled ─end─► none
//
// A start in flight first kills the running container if it must (killEnds), and then starts the container (startBegins).
// The lock of its podRecords guards it.
type containerRecord struct {
	// wait is non-nil while the container is held back.
	wait *containerWait
	// pull is non-nil from the moment its image is pulled ahead of its start until that start.
	pull *imagePull
	// start is non-nil while a start is in flight.
	start *containerStart
	// pulls are the pulls of images by starts, by image. They may outlive their start.
	pulls map[string]*startPull
	// inSync means that upstream starts the container within the sync of its pod, and runs its postStart hook there.
	inSync bool
	// attempt is the last start that was begun.
	attempt startAttempt
	// attempted is the sandbox in which a start has last ended, well or not.
	attempted string
	// startEnded is when a start last ended.
	startEnded time.Time
	// failure is the last start, if it failed and is not due for a retry.
	failure *startFailure
	// outcome is the outcome of the last start.
	outcome startOutcome
	// announced is the message of the last warning event.
	announced string
}

// instanceRecord is what this process remembers of one container of the runtime.
type instanceRecord struct {
	id kubecontainer.ContainerID
	// known is since when this process has known the container.
	known time.Time
	// started means that this process has seen the container Started, and seenRunning that it has seen the container run:
	// if only the latter, it knows that the container has not been Started.
	started, seenRunning bool
	// probePassed means that the container has passed its startup probe, if it has one, and probeUnknown that it may have done so before
	// this process saw it.
	probePassed, probeUnknown bool
	// kill is the first kill of the container by a kubelet, as far as this process knows. stopped means that it has ended the
	// container, which exited with code 0 and is not restarted.
	kill    *instanceKill
	stopped bool
	// again means that it has exited and that its container runs again only because the kubelet has ended it.
	again bool
	// hook is the last run of the container's preStop hook by this process, unless it has had no effect.
	hook *hookRun
	// exceeded is the stop limit that the container exceeded and was killed for, or nil.
	exceeded *time.Duration
}

// instanceKill is a kill of a container, alone or because its pod stops.
type instanceKill struct {
	began time.Time
	// why is the reason of the kill of a container alone. It is empty if the pod stops.
	why string
}

// ended reports whether the kill has ended the container. A container that exited before did so by itself: its probes and its
// postStart hook fail then, too.
func (k *instanceKill) ended(finished time.Time) bool { return k != nil && !finished.Before(k.began) }

// startOutcome is the outcome of the last start of a container by this process, including the postStart hook.
type startOutcome int

const (
	startUnknown startOutcome = iota
	startDone
	startFailed
)

// containerWait is a container that is held back.
type containerWait struct {
	since time.Time
	// pending are the conditions that did not hold at the last sync, by container.
	pending map[string]dependency.Condition
}

// containerStart is a start in flight. It outlives the sync that launched it, so that a slow image pull or postStart
// hook does not delay the probes or starts of the pod's other containers.
type containerStart struct {
	records *podRecords
	// life ends when the start is cancelled.
	life   context.Context
	cancel context.CancelFunc
	// gateOpen reports whether the container may still start, and decided is when that was last decided.
	gateOpen func(context.Context) bool
	decided  time.Time
	// terminating reports whether the pod is to be stopped.
	terminating func() bool
	// starts means that the start is not only a kill.
	starts bool
	// begun means that the start proper has begun: the container that had to be killed first is dead.
	begun bool
	// call is the StartContainer call, once it has been sent.
	call *startCall
	// pulls are those of the container.
	pulls map[string]*startPull
	// kill is non-nil if the container is killed first, or because its postStart hook has failed.
	kill *containerKill
	done chan struct{}
}

// containerKill is the kill of one container apart from its pod's stop. It is never cancelled: the container has
// already been told to stop, and gets its grace period.
type containerKill struct {
	done chan struct{}
	// err may be read once done is closed.
	err error
}

// startAttempt is the beginning of a start.
type startAttempt struct {
	began time.Time
	// sandbox is the ID of the sandbox of the start.
	sandbox string
	// key is upstream's back-off key. It changes with the image and the resources of the container.
	key string
}

// startRetryPeriod is the pause before a failed start is retried that left no container, unless the error carries its own
// back-off. It equals the pod worker's back-off, which does not serve here because any other event of the pod ends it.
const startRetryPeriod = 10 * time.Second

// startFailure is a failed start that must not be retried before retryAt. Until then its result is part of every sync,
// so that the pod worker syncs the pod again and users see the reason.
type startFailure struct {
	result  kubecontainer.PodSyncResult
	retryAt time.Time
	// ownPause means that retryAt follows from startRetryPeriod, not from a back-off of upstream's.
	ownPause bool
	attempt  startAttempt
}

// hold records what the container waits for, and reports whether the wait is new. Conditions that became true since the
// last call are observed by the wait metric.
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

// release ends the wait and returns it. If it ends because all conditions hold, the wait metric observes them.
func (c *containerRecord) release(satisfied bool) (ended endedWait, waited bool) {
	if c.wait == nil {
		return endedWait{}, false
	}
	wait := c.wait
	c.wait = nil
	metrics.DependencyBlockedContainers.Dec()
	if satisfied {
		for _, condition := range wait.pending {
			wait.observe(condition)
		}
	}
	return wait.ended(), true
}

func (w *containerWait) observe(condition dependency.Condition) {
	metrics.DependencyWaitDuration.WithLabelValues(string(condition)).Observe(time.Since(w.since).Seconds())
}

// begin records a new start, which may kill the container first, or do nothing else.
func (c *containerRecord) begin(records *podRecords, killsFirst, starts bool) *containerStart {
	if c.pulls == nil {
		c.pulls = map[string]*startPull{}
	}
	c.start = &containerStart{records: records, pulls: c.pulls, decided: time.Now(), starts: starts,
		done: make(chan struct{})}
	c.start.life, c.start.cancel = context.WithCancel(context.Background())
	if killsFirst {
		c.start.kill = &containerKill{done: make(chan struct{})}
	}
	return c.start
}

// killEnds records the result of the kill, and reports whether the start that follows it may go on.
func (s *containerStart) killEnds(err error) bool {
	s.kill.ends(err)
	return err == nil && !s.isCancelled()
}

// startBegins records that the start proper begins, and resets the outcome of the last one.
func (c *containerRecord) startBegins(start *containerStart) {
	start.begun = true
	c.outcome = startUnknown
}

// end records that a start has returned, and reports whether its result counts. A cancelled start fails because it was
// cancelled, which is nothing to show to users or to back off from.
func (c *containerRecord) end(start *containerStart, err error) bool {
	close(start.done)
	c.start = nil
	if start.isCancelled() {
		return false
	}
	if start.begun {
		c.startEnded = time.Now()
		c.attempted = c.attempt.sandbox
		c.outcome = startFailed
		if err == nil {
			c.outcome = startDone
		}
	}
	return true
}

// cancelStart cancels the start in flight, if any, and returns it. It stays in flight until it returns, so that the
// container is not started a second time meanwhile. A kill that is part of it goes on.
func (c *containerRecord) cancelStart() *containerStart {
	if c.start != nil {
		c.start.cancel()
	}
	return c.start
}

// ends records the end of the kill.
func (k *containerKill) ends(err error) {
	k.err = err
	close(k.done)
}

// inFlight reports whether the kill is still running.
func (k *containerKill) inFlight() bool { return k != nil && !isClosed(k.done) }

func isClosed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// fail records a failed start and when to retry it.
func (c *containerRecord) fail(result kubecontainer.PodSyncResult, err error) {
	retryAt, found := kubecontainer.MinBackoffExpiration(err)
	if !found {
		retryAt = time.Now().Add(startRetryPeriod)
	}
	c.failure = &startFailure{result: result, retryAt: retryAt, ownPause: !found, attempt: c.attempt}
}

// retriesNow forgets a failed start whose pause upstream would not make, and reports whether it did: the container's
// back-off key has changed, or the start has left a container that has exited, so that upstream's own back-off applies.
// status is the newest status of the container.
func (c *containerRecord) retriesNow(key string, status *kubecontainer.Status) bool {
	if f := c.failure; f == nil || (f.attempt.key == key && !(f.ownPause && f.attempt.left(status))) {
		return false
	}
	c.failure = nil
	return true
}

// left reports whether the status is of a container that the start has left exited. Upstream's back-off counts from the
// time of the exit; without a plausible time there would be none.
func (a startAttempt) left(status *kubecontainer.Status) bool {
	return status != nil && status.State == kubecontainer.ContainerStateExited &&
		!status.CreatedAt.Before(a.began) && status.FinishedAt.After(status.CreatedAt)
}

// stillFailed returns the result of a failed start that is not due for a retry yet. It forgets one that is due.
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
