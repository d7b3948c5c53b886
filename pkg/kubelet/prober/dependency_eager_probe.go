// SPDX-License-Identifier: Apache-2.0

package prober

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// The pauses between the extra probes of one container grow with the time for which it has been probed, so that a pause
// delays its dependents by at most a part of the time that the container takes. Once the part is as long as the probe's
// period, there are no extra probes any more. The least pauses decide how late a container is seen that is ready at once:
// its first probe often comes before it listens.
const (
	// networkParts and execParts say which part of the age a pause is, as divisors. Exec probes cost more.
	networkParts = 20
	execParts    = 10

	minNetworkPause = 5 * time.Millisecond
	minExecPause    = 50 * time.Millisecond
	// Until a probe is due, these are the pauses between checks whether the status manager knows the container, which
	// takes milliseconds, and whether its startup probe has passed.
	minUnprobedPause = 5 * time.Millisecond
	maxUnprobedPause = 100 * time.Millisecond
	// restartPause is the pause between checks whether the container has been restarted.
	restartPause = time.Second
)

// eagerProbe makes the extra probes of one worker.
type eagerProbe struct {
	*worker
	key    probeKey
	group  *eagerPod
	cancel context.CancelFunc
	// target is the ID of the container, seen when it was first seen, and due when it was first due to be probed.
	target    string
	seen, due time.Time
}

// run makes extra probes until the context or the worker ends.
func (p *eagerProbe) run(ctx context.Context) {
	defer utilruntime.HandleCrashWithContext(ctx)
	defer p.cancel()
	defer p.probeManager.eager.ended(p)
	p.turns.used.Store(true)
	p.turns.eager.Add(1)
	defer p.turns.eager.Add(-1)
	for ctx.Err() == nil && p.isCurrent() {
		pause, keepGoing := p.step(ctx)
		if !keepGoing || !p.rest(ctx, pause) {
			return
		}
	}
}

// isCurrent reports whether the worker still exists.
func (p *eagerProbe) isCurrent() bool {
	current, exists := p.probeManager.getWorker(p.key.podUID, p.key.containerName, p.key.probeType)
	return exists && current == p.worker
}

// step makes one extra probe, if one is due, and returns the pause until the next step.
func (p *eagerProbe) step(ctx context.Context) (pause time.Duration, keepGoing bool) {
	began := time.Now()
	c := p.containerStatus()
	if p.seen.IsZero() || p.isOther(c) {
		p.target, p.seen, p.due = c.ContainerID, began, time.Time{}
	}
	if !p.due.IsZero() && p.part() >= p.period() {
		return restartPause, true
	}
	if delay := p.initialDelay(c); delay > 0 {
		return delay, true
	}
	extraCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	extra := &extraProbe{cancel: cancel}
	defer p.turns.land(extra)
	if keepGoing = p.prepare(extraCtx, extra); extra.launched && extra.run(extraCtx) {
		keepGoing = p.deliver(ctx, extra)
	}
	if extra.inStep {
		p.goInStep(ctx)
		return 0, true
	}
	if extra.execute != nil && p.due.IsZero() {
		p.due = began
	}
	if p.due.IsZero() {
		return min(max(minUnprobedPause, began.Sub(p.seen)/10), maxUnprobedPause), keepGoing
	}
	return p.pause(time.Since(began)), keepGoing
}

// prepare lets the worker decide whether to probe the container, as for a regular probe. If so, it takes a token for the
// extra probe, which runs without the turn.
func (p *eagerProbe) prepare(ctx context.Context, extra *extraProbe) (keepGoing bool) {
	if !p.turns.tryTake() {
		return true
	}
	defer p.turns.leave()
	if ctx.Err() != nil || p.turns.ended.Load() {
		return false
	}
	if p.turns.flying() || p.isBeingStarted() {
		return true
	}
	keepGoing = p.asWorker(ctx, extra)
	if keepGoing && extra.execute != nil && p.probeManager.eager.take(p) {
		p.turns.launch(extra)
	}
	return keepGoing
}

// deliver tells the worker about a success, unless a regular probe has begun in the meantime.
func (p *eagerProbe) deliver(ctx context.Context, extra *extraProbe) (keepGoing bool) {
	for !p.turns.tryTake() {
		if extra.overtaken.Load() || !ordering.Sleep(ctx, minUnprobedPause) {
			return true
		}
	}
	defer p.turns.leave()
	if ctx.Err() != nil || p.turns.ended.Load() {
		return false
	}
	if extra.overtaken.Load() || p.isBeingStarted() {
		return true
	}
	klog.FromContext(ctx).V(3).Info("Probe succeeded", "probeType", p.probeType, "pod", klog.KObj(p.pod),
		"podUID", p.key.podUID, "containerName", p.key.containerName, "extra", true)
	return p.asWorker(ctx, extra)
}

// asWorker lets the worker handle the extra probe. The turn must be held.
func (p *eagerProbe) asWorker(ctx context.Context, extra *extraProbe) (keepGoing bool) {
	keepGoing = true
	if !p.succeedsInRow() {
		keepGoing = p.upstreamDoProbe(withExtraProbe(ctx, extra))
	}
	if keepGoing && p.succeedsInRow() {
		extra.inStep = true
		p.turns.shifted.Store(true)
	}
	return keepGoing
}

// goInStep makes the regular probes of a probe with a success threshold above 1. They follow the success of an extra
// probe, one period apart as usual, until one fails or the threshold is reached.
func (p *eagerProbe) goInStep(ctx context.Context) {
	defer p.turns.shifted.Store(false)
	for ordering.Sleep(ctx, p.period()) {
		if !p.regularTurnInStep(ctx) {
			return
		}
	}
}

// regularTurnInStep makes one regular probe, and reports whether it succeeded.
func (p *eagerProbe) regularTurnInStep(ctx context.Context) bool {
	p.turns.take()
	defer p.turns.leave()
	if ctx.Err() != nil || p.turns.ended.Load() {
		return false
	}
	p.turns.beginRegular()
	return p.upstreamDoProbe(context.WithoutCancel(ctx)) && p.lastResult == results.Success
}

// isOther reports whether the status is that of another container than the one that is probed.
func (p *eagerProbe) isOther(c v1.ContainerStatus) bool {
	return c.ContainerID != "" && c.ContainerID != p.target
}

// initialDelay returns how much of the container's initial delay is left.
func (p *eagerProbe) initialDelay(c v1.ContainerStatus) time.Duration {
	if c.State.Running == nil || p.spec.InitialDelaySeconds <= 0 {
		return 0
	}
	return time.Until(c.State.Running.StartedAt.Add(time.Duration(p.spec.InitialDelaySeconds) * time.Second))
}

// pause returns the pause after an extra probe, given how long it took. Probes take at most half of the time.
func (p *eagerProbe) pause(took time.Duration) time.Duration {
	least := minNetworkPause
	if p.spec.Exec != nil {
		least = minExecPause
	}
	return max(took, min(max(least, p.part()), p.period()))
}

// part returns the part of the time for which the container has been probed that a pause may take.
func (p *eagerProbe) part() time.Duration {
	if p.spec.Exec != nil {
		return time.Since(p.due) / execParts
	}
	return time.Since(p.due) / networkParts
}

// rest waits for the end of the pause, or for a restart of the container. It returns false if the context ends first.
func (p *eagerProbe) rest(ctx context.Context, pause time.Duration) bool {
	for end := time.Now().Add(pause); time.Now().Before(end); {
		if !ordering.Sleep(ctx, min(time.Until(end), restartPause)) {
			return false
		}
		if !p.isCurrent() || p.isOther(p.containerStatus()) {
			return true
		}
	}
	return true
}
