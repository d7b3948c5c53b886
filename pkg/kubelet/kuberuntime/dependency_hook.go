// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/lifecycle"
)

// executePreStopHook records the preStop hooks of pods that have an order, and lets the end of a container end its hook. In
// the stop of such a pod, a hook runs once.
//
//upstream:wrap (*kubeGenericRuntimeManager).executePreStopHook body=96ab155d03dc7fc2
func (m *kubeGenericRuntimeManager) executePreStopHook(
	ctx context.Context, pod *v1.Pod, containerID kubecontainer.ContainerID, containerSpec *v1.Container, gracePeriod int64,
) int64 {
	stops := inOrderedStop(ctx)
	if !stops && passFrom(ctx) == nil {
		return m.upstreamExecutePreStopHook(ctx, pod, containerID, containerSpec, gracePeriod)
	}
	grace := time.Duration(gracePeriod) * time.Second
	patient, giveUp := context.WithTimeout(ctx, grace)
	hook := &hookRun{done: make(chan struct{}), patient: patient, giveUp: giveUp}
	before := hook
	m.records.with(pod.UID, func(p *podRecord) {
		if stops {
			before = p.instance(containerID).beginHook(hook)
		} else {
			// The kill of one container is upstream's: its hook runs again if the kill is retried.
			p.instance(containerID).hook = hook
		}
	})
	if before != hook {
		giveUp()
		return before.await(grace)
	}
	return m.runHook(ctx, pod, containerID, containerSpec, gracePeriod, hook)
}

// runHook runs a preStop hook that has been recorded, and returns how many seconds that took.
func (m *kubeGenericRuntimeManager) runHook(
	ctx context.Context, pod *v1.Pod, id kubecontainer.ContainerID, spec *v1.Container, gracePeriod int64, hook *hookRun,
) int64 {
	around := &hookAround{kubeGenericRuntimeManager: m, pod: pod, id: id, stops: inOrderedStop(ctx), hookRun: hook}
	return m.upstreamExecutePreStopHook(lifecycle.WithAroundHook(ctx, func(
		ctx context.Context, run func(context.Context) (string, error),
	) (string, error) {
		defer close(hook.done)
		defer hook.giveUp()
		message, reached, err := around.run(ctx, run)
		if !reached {
			m.records.with(pod.UID, func(p *podRecord) { p.instance(id).forgetHook(hook) })
		}
		return message, err
	}), pod, id, spec, gracePeriod)
}

// hookAround is one run of a preStop hook of a pod that has an order.
type hookAround struct {
	*kubeGenericRuntimeManager
	*hookRun
	pod *v1.Pod
	id  kubecontainer.ContainerID
	// stops means that the hook is part of the stop of the pod.
	stops bool
}

type hookResult struct {
	message string
	err     error
}

// run runs the hook. reached is false if it reached neither the runtime nor the network. The end of the container ends the
// hook. While the pod stops, a hook that does not reach the runtime is tried again.
func (h *hookAround) run(ctx context.Context, run func(context.Context) (string, error)) (message string, reached bool, err error) {
	if h.stops {
		if runs, _ := h.runs(ctx, h.id); !runs {
			h.skipped(ctx, "Not running the preStop hook of a container that has exited")
			return "", false, nil
		}
		if err := h.patient.Err(); err != nil {
			return "", false, err
		}
	}
	ctx, cancelHook := context.WithCancel(ctx)
	defer cancelHook()
	exited := h.exitOf(ctx, h.id)
	for pause := pauses(askAgainPause, maxAskAgainPause); ; {
		done := make(chan hookResult, 1)
		go func() {
			defer utilruntime.HandleCrashWithContext(ctx)
			message, err := run(ctx)
			done <- hookResult{message, err}
		}()
		var result hookResult
		select {
		case <-exited:
			h.skipped(ctx, "Not waiting for the preStop hook of a container that has exited")
			return "", true, nil
		case result = <-done:
		}
		switch reached := reaches(result.err); {
		case !h.stops:
			return result.message, reached, result.err
		case reached:
			if result.err != nil {
				if runs, _ := h.runs(ctx, h.id); !runs {
					// The end of the container has ended the hook.
					return "", true, nil
				}
			}
			return result.message, true, result.err
		}
		switch runs, answered := h.untilAnswers(h.patient, h.id, pause); {
		case !answered:
			return result.message, false, result.err
		case !runs:
			return "", false, nil
		}
	}
}

func (h *hookAround) skipped(ctx context.Context, what string) {
	klog.FromContext(ctx).V(2).Info(what, "pod", klog.KObj(h.pod), "podUID", h.pod.UID, "containerID", h.id)
}

// reaches reports whether a hook with this result has reached the runtime or the network, so that it may have had an
// effect: a connection that ends while the runtime runs the hook is such a result, too.
func reaches(err error) bool {
	return !unanswered(err) || strings.Contains(err.Error(), "error reading from server")
}

// hookRun is one run of a preStop hook.
type hookRun struct {
	// done is closed when the hook has ended.
	done chan struct{}
	// patient ends when the hook must not begin any more: until then, a runtime that does not answer is asked again.
	patient context.Context
	giveUp  context.CancelFunc
}

// await waits for a hook that has been begun before, and returns how many seconds that took. If the hook takes longer than
// patience, the container gets its signal beside it.
func (h *hookRun) await(patience time.Duration) int64 {
	began := time.Now()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-h.done:
	case <-timer.C:
		h.giveUp()
	}
	return int64(time.Since(began).Seconds())
}

// beginHook records that the preStop hook runs. If it has been run, beginHook returns that run instead: in the stop of a
// pod, it runs once per container ID and kubelet process.
func (i *instanceRecord) beginHook(hook *hookRun) *hookRun {
	if i.hook == nil {
		i.hook = hook
	}
	return i.hook
}

// forgetHook forgets a run that has had no effect.
func (i *instanceRecord) forgetHook(hook *hookRun) {
	if i.hook == hook {
		i.hook = nil
	}
}

type orderedStopKey struct{}

// withOrderedStop marks the calls of a stop in order.
func withOrderedStop(ctx context.Context) context.Context {
	return context.WithValue(ctx, orderedStopKey{}, true)
}

// inOrderedStop reports whether a call is part of a stop in order.
func inOrderedStop(ctx context.Context) bool {
	in, _ := ctx.Value(orderedStopKey{}).(bool)
	return in
}
