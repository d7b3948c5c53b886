// SPDX-License-Identifier: Apache-2.0

package prober

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	v1 "k8s.io/api/core/v1"

	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// workerTurns adds the turns to the worker of a probe.
//
//upstream:extend worker body=516a3b5548a76265
type workerTurns struct {
	turns probeTurns
}

// probeTurns coordinates the regular and the extra probes of one worker. Its zero value is ready for use.
type probeTurns struct {
	// turn is full while a regular probe runs, or the worker handles an extra one. It guards the worker's results.
	turn chan struct{}
	once sync.Once
	// eager counts the goroutines that make extra probes: one, or briefly two when one replaces the other.
	eager atomic.Int32
	// used means that there have been extra probes, ended that there must be no more.
	used      atomic.Bool
	ended     atomic.Bool
	endedOnce sync.Once
	// flight is the extra probe that is being executed, without the turn.
	flight atomic.Pointer[extraProbe]
	// shifted means that the regular probes follow the first success of an extra probe.
	shifted atomic.Bool
	// lastRegular is when the last regular probe began. The turn guards it.
	lastRegular time.Time
	// inUse caches whether the worker's own object of the pod, which never changes, has an order.
	inUse     bool
	inUseOnce sync.Once
}

// take waits for the turn.
func (t *probeTurns) take() {
	t.init()
	t.turn <- struct{}{}
}

// tryTake takes the turn if it is free, and reports whether it did.
func (t *probeTurns) tryTake() bool {
	t.init()
	select {
	case t.turn <- struct{}{}:
		return true
	default:
		return false
	}
}

// end prevents further extra probes, and calls then, once, as soon as the turn is free. It does not wait.
func (t *probeTurns) end(then func()) {
	t.ended.Store(true)
	if !t.used.Load() {
		then()
		return
	}
	// The kubelet stops a worker again and again until it is gone, which may take long if a probe hangs.
	t.endedOnce.Do(func() {
		go func() {
			t.take()
			defer t.leave()
			t.overtake()
			then()
		}()
	})
}

// launch begins the execution of an extra probe. The turn must be held.
func (t *probeTurns) launch(extra *extraProbe) {
	extra.launched = true
	t.flight.Store(extra)
}

// land ends the execution of an extra probe.
func (t *probeTurns) land(extra *extraProbe) { t.flight.CompareAndSwap(extra, nil) }

// flying reports whether an extra probe is being executed.
func (t *probeTurns) flying() bool { return t.flight.Load() != nil }

// beginRegular prepares for a regular probe. The turn must be held.
func (t *probeTurns) beginRegular() {
	t.lastRegular = time.Now()
	t.overtake()
}

// overtake makes the result of the extra probe that is being executed void. It ends an exec probe; a network probe may
// still run beside the regular one, as a liveness probe does.
func (t *probeTurns) overtake() {
	if extra := t.flight.Load(); extra != nil {
		extra.overtaken.Store(true)
		extra.cancel()
	}
}

func (t *probeTurns) leave() { <-t.turn }

func (t *probeTurns) init() { t.once.Do(func() { t.turn = make(chan struct{}, 1) }) }

// takeTurn makes one regular probe.
func (w *worker) takeTurn(ctx context.Context, doProbe func(context.Context) bool) bool {
	w.turns.take()
	defer w.turns.leave()
	switch {
	case w.turns.shifted.Load() || w.isBeingStarted():
		return true
	case w.turns.eager.Load() > 0 && time.Since(w.turns.lastRegular) < w.period()/2:
		// Not a tick but a manual trigger by a sync of the pod. Waiting pods are synced often, and each sync would
		// cause a failure with an event of its own.
		return true
	}
	w.turns.beginRegular()
	keepGoing := doProbe(ctx)
	if !keepGoing {
		// The worker cleans up, and no extra probe must add a result after that.
		w.turns.ended.Store(true)
	}
	return keepGoing
}

// succeedsInRow reports whether a probe that must succeed several times has begun to succeed: the next one must wait
// for the end of the period.
func (w *worker) succeedsInRow() bool {
	return w.spec.SuccessThreshold > 1 && w.resultRun > 0 && w.lastResult == results.Success
}

// isBeingStarted reports whether the container of a pod that has an order has been created and does not run yet.
// Upstream never shows such a container in a status: its worker would take it for a failed one, and the kubelet would
// kill it.
func (w *worker) isBeingStarted() bool {
	if !w.hasOrder() {
		return false
	}
	c := w.containerStatus()
	ended := c.LastTerminationState.Terminated
	return c.State.Waiting != nil && c.ContainerID != "" && (ended == nil || ended.ContainerID != c.ContainerID)
}

// hasOrder reports whether the pod may have an order. The worker keeps the pod's object from when it was created: annotations
// may have been removed, while the plan of the sandbox stays in force, or added, and be in force since a new sandbox.
func (w *worker) hasOrder() bool {
	w.turns.inUseOnce.Do(func() { w.turns.inUse = ordering.InUse(w.pod) })
	return w.turns.inUse || w.turns.used.Load() || ordering.HasPlan(w.pod.UID)
}

// containerStatus returns the newest status of the worker's container, which is empty if there is none.
func (w *worker) containerStatus() v1.ContainerStatus {
	status, found := w.probeManager.statusManager.GetPodStatus(w.pod.UID)
	if !found {
		return v1.ContainerStatus{}
	}
	for _, statuses := range [][]v1.ContainerStatus{status.ContainerStatuses, status.InitContainerStatuses} {
		if c, found := podutil.GetContainerStatus(statuses, w.container.Name); found {
			return c
		}
	}
	return v1.ContainerStatus{}
}

func (w *worker) period() time.Duration { return time.Duration(w.spec.PeriodSeconds) * time.Second }
