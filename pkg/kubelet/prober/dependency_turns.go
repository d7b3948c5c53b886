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
	// turn is full while a probe has the turn, which guards the worker's results.
	turn chan struct{}
	once sync.Once
	// eager counts the goroutines that make extra probes: one, or briefly two when one replaces the other.
	eager int
	// used means that there have been extra probes, ended that there must be no more.
	used  atomic.Bool
	ended atomic.Bool
	// shifted means that the regular probes follow the first success of an extra probe.
	shifted bool
	// lastRegular is when the last regular probe began.
	lastRegular time.Time
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

// end prevents further extra probes, and calls then once none is running. It does not wait.
func (t *probeTurns) end(then func()) {
	t.ended.Store(true)
	if !t.used.Load() {
		then()
		return
	}
	go func() {
		t.take()
		defer t.leave()
		then()
	}()
}

func (t *probeTurns) leave() { <-t.turn }

func (t *probeTurns) init() { t.once.Do(func() { t.turn = make(chan struct{}, 1) }) }

// takeTurn makes one regular probe.
func (w *worker) takeTurn(ctx context.Context, doProbe func(context.Context) bool) bool {
	w.turns.take()
	defer w.turns.leave()
	switch {
	case w.turns.shifted || w.isBeingStarted():
		return true
	case w.turns.eager > 0 && time.Since(w.turns.lastRegular) < w.period()/2:
		if w.succeedsInRow() {
			return true
		}
		// Not a tick but a manual trigger by a sync of the pod. Waiting pods are synced often, and each sync would
		// cause a failure with an event of its own.
		return doProbe(withExtraProbe(ctx, &extraProbe{}))
	}
	w.turns.lastRegular = time.Now()
	return doProbe(ctx)
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
	// A pod whose annotations have been removed may still have an order.
	if !ordering.InUse(w.pod) && !w.turns.used.Load() {
		return false
	}
	status, found := w.probeManager.statusManager.GetPodStatus(w.pod.UID)
	if !found {
		return false
	}
	for _, statuses := range [][]v1.ContainerStatus{status.ContainerStatuses, status.InitContainerStatuses} {
		if c, found := podutil.GetContainerStatus(statuses, w.container.Name); found {
			ended := c.LastTerminationState.Terminated
			return c.State.Waiting != nil && c.ContainerID != "" && (ended == nil || ended.ContainerID != c.ContainerID)
		}
	}
	return false
}

func (w *worker) period() time.Duration { return time.Duration(w.spec.PeriodSeconds) * time.Second }
