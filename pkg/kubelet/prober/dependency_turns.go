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

// workerTurns joins the worker of a probe.
//
//upstream:extend worker body=516a3b5548a76265
type workerTurns struct {
	turns probeTurns
}

// probeTurns is what the regular and the extra probes of one worker know of one another. Its zero value is ready for use.
type probeTurns struct {
	// turn is full while a probe has its turn. Who has it may use all that a worker keeps of its results.
	turn chan struct{}
	once sync.Once
	// eager counts those who make extra probes: one, and two for a moment when one follows the other.
	eager int
	// used tells that there have been extra probes, ended that there are to be none any more.
	used  atomic.Bool
	ended atomic.Bool
	// shifted tells that the regular probes are made in step with the first success of an extra one.
	shifted bool
	// lastRegular is when the last regular probe began.
	lastRegular time.Time
}

// take waits for the turn.
func (t *probeTurns) take() {
	t.init()
	t.turn <- struct{}{}
}

// tryTake takes the turn, unless somebody has it.
func (t *probeTurns) tryTake() bool {
	t.init()
	select {
	case t.turn <- struct{}{}:
		return true
	default:
		return false
	}
}

// end lets no extra probe begin any more, and calls then when there is none. It does not wait.
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

// takeTurn is one regular probe.
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
		// Not a tick but a trigger: the kubelet has looked at the pod. Pods that wait are looked at often, and each time
		// would be a failure with an event of its own.
		return doProbe(withExtraProbe(ctx, &extraProbe{}))
	}
	w.turns.lastRegular = time.Now()
	return doProbe(ctx)
}

// succeedsInRow tells whether a probe that has to succeed several times has done so, and not often enough: the next one is
// to be made when the period is over.
func (w *worker) succeedsInRow() bool {
	return w.spec.SuccessThreshold > 1 && w.resultRun > 0 && w.lastResult == results.Success
}

// isBeingStarted tells whether the container of a pod that has an order has been created and does not run yet. Upstream,
// which shows no such container in a status, would take it for one that has failed, and the kubelet would kill it.
func (w *worker) isBeingStarted() bool {
	// A pod whose annotations have been removed may still be one of those.
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
