// SPDX-License-Identifier: Apache-2.0

package prober

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// The pauses between the extra probes of one container grow with the time for which it has been probed, so that a pause
// delays its dependents by at most a tenth of the time that the container takes.
const (
	minExtraProbePause = 50 * time.Millisecond
	maxExtraProbePause = 2 * time.Second
	// Until the first probe, these are the pauses between checks whether the status manager knows the container, which
	// takes milliseconds, and whether its initial delay is over.
	minUnprobedPause = 5 * time.Millisecond
	maxUnprobedPause = 100 * time.Millisecond
	// extraProbesPerSecond bounds the extra probes on the node.
	extraProbesPerSecond = 200
)

// managerEager adds the extra probes to the probe manager.
//
//upstream:extend manager body=6fe367a15819d482
type managerEager struct {
	eager eagerProbes
}

// eagerProbes holds the probes that run more often than their periods. Its zero value is ready for use.
type eagerProbes struct {
	lock sync.Mutex
	pods map[types.UID]map[probeKey]context.CancelFunc
	// limit is shared by all containers of the node.
	limit     flowcontrol.PassiveRateLimiter
	limitOnce sync.Once
}

// Awaiter is what the manager does for pods that have an order, in addition to upstream's Manager.
type Awaiter interface {
	// AwaitProbes sets which probes of a pod other containers wait for, and replaces the previous set.
	AwaitProbes(ctx context.Context, podUID types.UID, awaited map[string]dependency.Condition)
}

var _ Awaiter = (*manager)(nil)

// AwaitProbes sets which probes of a pod other containers wait for: the startup probes of the containers with Started,
// the readiness probes of those with Ready. They run more often than their periods, until they succeed or are no longer
// awaited. Each call replaces the previous set of the pod; nil ends all extra probes of the pod.
func (m *manager) AwaitProbes(ctx context.Context, podUID types.UID, awaited map[string]dependency.Condition) {
	keys := map[probeKey]bool{}
	for name, condition := range awaited {
		key := probeKey{podUID: podUID, containerName: name, probeType: readiness}
		if condition == dependency.Started {
			key.probeType = startup
		}
		keys[key] = true
	}

	e := &m.eager
	e.lock.Lock()
	defer e.lock.Unlock()
	running := e.pods[podUID]
	for key, cancel := range running {
		if !keys[key] {
			cancel()
			delete(running, key)
		}
	}
	for key := range keys {
		if _, known := running[key]; known {
			continue
		}
		w, exists := m.getWorker(key.podUID, key.containerName, key.probeType)
		if !exists {
			continue
		}
		if running == nil {
			running = map[probeKey]context.CancelFunc{}
		}
		// Like the worker, extra probes outlive the context of the sync.
		eagerCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		running[key] = cancel
		go m.probeEagerly(eagerCtx, w, key)
	}
	switch {
	case len(running) == 0:
		delete(e.pods, podUID)
	case e.pods == nil:
		e.pods = map[types.UID]map[probeKey]context.CancelFunc{podUID: running}
	default:
		e.pods[podUID] = running
	}
}

// probeEagerly makes extra probes until the context or the worker ends.
func (m *manager) probeEagerly(ctx context.Context, w *worker, key probeKey) {
	defer utilruntime.HandleCrashWithContext(ctx)
	w.turns.used.Store(true)
	w.addEager(1)
	defer w.addEager(-1)
	var since time.Time
	unprobed := minUnprobedPause
	for ctx.Err() == nil {
		if current, exists := m.getWorker(key.podUID, key.containerName, key.probeType); !exists || current != w {
			return
		}
		began := time.Now()
		extra, keepGoing := m.extraTurn(ctx, w)
		if !keepGoing {
			return
		}
		if extra.inStep {
			w.goInStep(ctx)
			continue
		}
		if extra.made && since.IsZero() {
			since = began
		}
		pause := unprobed
		if since.IsZero() {
			unprobed = min(2*unprobed, maxUnprobedPause)
		} else {
			pause = extraProbePause(time.Since(since), time.Since(began))
		}
		if !sleep(ctx, pause) {
			return
		}
	}
}

// extraTurn makes one extra probe, unless the node has reached its limit or another probe has the turn.
func (m *manager) extraTurn(ctx context.Context, w *worker) (extra extraProbe, keepGoing bool) {
	m.eager.limitOnce.Do(func() {
		m.eager.limit = flowcontrol.NewTokenBucketPassiveRateLimiter(extraProbesPerSecond, extraProbesPerSecond)
	})
	if !m.eager.limit.TryAccept() || !w.turns.tryTake() {
		return extra, true
	}
	defer w.turns.leave()
	if ctx.Err() != nil || w.turns.ended.Load() {
		return extra, false
	}
	if w.isBeingStarted() {
		return extra, true
	}
	keepGoing = true
	if !w.succeedsInRow() {
		keepGoing = w.upstreamDoProbe(withExtraProbe(ctx, &extra))
	}
	if keepGoing && w.succeedsInRow() {
		extra.inStep, w.turns.shifted = true, true
	}
	if extra.succeeded {
		klog.FromContext(ctx).V(3).Info("Probe succeeded", "probeType", w.probeType, "pod", klog.KObj(w.pod), "podUID", w.pod.UID,
			"containerName", w.container.Name, "extra", true)
	}
	return extra, keepGoing
}

// goInStep makes the regular probes of a probe with a success threshold above 1. They follow the success of an extra
// probe, one period apart as usual, until one fails or the threshold is reached.
func (w *worker) goInStep(ctx context.Context) {
	defer w.endStep()
	for sleep(ctx, w.period()) {
		if !w.regularTurnInStep(ctx) {
			return
		}
	}
}

// regularTurnInStep makes one regular probe, and reports whether it succeeded.
func (w *worker) regularTurnInStep(ctx context.Context) bool {
	w.turns.take()
	defer w.turns.leave()
	if ctx.Err() != nil || w.turns.ended.Load() {
		return false
	}
	w.turns.lastRegular = time.Now()
	return w.upstreamDoProbe(context.WithoutCancel(ctx)) && w.lastResult == results.Success
}

func (w *worker) addEager(n int) {
	w.turns.take()
	defer w.turns.leave()
	w.turns.eager += n
}

func (w *worker) endStep() {
	w.turns.take()
	defer w.turns.leave()
	w.turns.shifted = false
}

// extraProbePause returns the pause after an extra probe, given how long the container has been probed and how long the
// probe took. Probes take at most half of the time.
func extraProbePause(probedFor, took time.Duration) time.Duration {
	return max(took, min(max(minExtraProbePause, probedFor/10), maxExtraProbePause))
}

func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
