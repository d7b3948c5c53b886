// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/klog/v2"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// startJoinTimeout bounds how long a stop waits for cancelled starts to return. A start that takes longer sits in the
// kubelet's queue of image pulls; its context is dead, so that no call to the runtime can follow.
const startJoinTimeout = 2 * time.Second

// containerStart is a start in flight. It outlives the sync that launched it, so that a slow image pull or postStart
// hook holds up neither the probes nor the starts of other containers of the pod.
type containerStart struct {
	cancel    context.CancelFunc
	cancelled bool
	// begun tells that the start proper has begun: what was to be killed first is dead.
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

type finishedStart struct {
	name   string
	result kubecontainer.PodSyncResult
}

// podSyncRequester is what the runtime helper of a real kubelet can do beyond upstream's interface.
type podSyncRequester interface {
	RequestPodSync(ctx context.Context, podUID kubetypes.UID)
}

// launch does what is to be done with one container of the pod by upstream's own means, in a goroutine. The result is
// handed to the pod's next sync, which is asked for.
func (m *kubeGenericRuntimeManager) launch(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus, pullSecrets []v1.Secret, backOff *flowcontrol.Backoff, task containerTask) {
	ctx = context.WithoutCancel(ctx)
	startCtx, cancel := context.WithCancel(ctx)
	start := m.dependencies.begin(pod.UID, task, cancel)
	klog.FromContext(ctx).V(3).Info("Handling container on its own", "pod", klog.KObj(pod), "containerName", task.name, "kill", task.kill != nil, "start", task.start != nil)
	go func() {
		defer utilruntime.HandleCrashWithContext(ctx)
		defer cancel()
		var result kubecontainer.PodSyncResult
		defer func() {
			m.dependencies.end(pod.UID, task.name, start, result)
			m.requestPodSync(ctx, pod.UID)
		}()
		if task.kill != nil {
			pass := &orderPass{single: task.kill}
			result = m.upstreamSyncPod(withOrderPass(ctx, pass), pod, podStatus, pullSecrets, backOff, false)
			err := result.Error()
			if pass.refused {
				err = errKillRefused
			}
			if !m.dependencies.killEnds(start, err) {
				return
			}
		}
		if task.start != nil {
			m.dependencies.startBegins(pod.UID, task.name, start)
			pod := m.dependencies.withImagePulled(startCtx, pod, task.name)
			result.AddPodSyncResult(m.upstreamSyncPod(withOrderPass(startCtx, &orderPass{single: task.start}), pod, podStatus, pullSecrets, backOff, false))
		}
	}()
}

func (m *kubeGenericRuntimeManager) requestPodSync(ctx context.Context, uid kubetypes.UID) {
	if requester, ok := m.runtimeHelper.(podSyncRequester); ok {
		requester.RequestPodSync(ctx, uid)
	}
}

func (d *dependencyManager) begin(uid kubetypes.UID, task containerTask, cancel context.CancelFunc) *containerStart {
	d.lock.Lock()
	defer d.lock.Unlock()
	start := &containerStart{cancel: cancel, done: make(chan struct{})}
	if task.kill != nil {
		start.kill = &containerKill{done: make(chan struct{})}
	}
	p := d.pod(uid)
	p.starts[task.name] = start
	return start
}

// startBegins takes note that the container is being started, and that nothing is known yet of how that goes.
func (d *dependencyManager) startBegins(uid kubetypes.UID, name string, start *containerStart) {
	d.lock.Lock()
	defer d.lock.Unlock()
	start.begun = true
	delete(d.pod(uid).startDone, name)
}

// forgetStart forgets how the last start of the container went.
func (d *dependencyManager) forgetStart(uid kubetypes.UID, name string) {
	d.lock.Lock()
	defer d.lock.Unlock()
	delete(d.pod(uid).startDone, name)
}

// errKillRefused is what a kill comes to that was not made, because the pod is to be stopped.
var errKillRefused = errors.New("the pod is to be stopped")

// killEnds tells whether the start that is to follow a kill may do so.
func (d *dependencyManager) killEnds(start *containerStart, err error) bool {
	d.lock.Lock()
	defer d.lock.Unlock()
	start.kill.err = err
	close(start.kill.done)
	return err == nil && !start.cancelled
}

func (d *dependencyManager) end(uid kubetypes.UID, name string, start *containerStart, result kubecontainer.PodSyncResult) {
	d.lock.Lock()
	defer d.lock.Unlock()
	close(start.done)
	p := d.pod(uid)
	if p.starts[name] == start {
		delete(p.starts, name)
	}
	p.lastEnd = time.Now()
	// What a cancelled start failed with is that it was cancelled: nothing to show to a user or to back off from.
	if start.cancelled {
		return
	}
	if start.begun {
		p.startDone[name] = result.Error() == nil
	}
	p.finished = append(p.finished, finishedStart{name: name, result: result})
}

// harvest is what the starts of a pod have come to.
type harvest struct {
	// inFlight are the containers whose start has not ended.
	inFlight []string
	// failed are the containers that are not to be tried again yet.
	failed []string
	// results are those of starts that ended since the last harvest, and of the failed ones.
	results []kubecontainer.PodSyncResult
	// lastEnd is when a start ended last. The pod's status must be read after the harvest, or be newer than that: an
	// older one may lack a container that is no longer in flight, and it would be started twice.
	lastEnd time.Time
}

func (d *dependencyManager) harvest(uid kubetypes.UID) harvest {
	d.lock.Lock()
	defer d.lock.Unlock()
	p := d.pod(uid)
	h := harvest{inFlight: slices.Sorted(maps.Keys(p.starts)), lastEnd: p.lastEnd}
	for _, f := range p.finished {
		if err := f.result.Error(); err == nil {
			h.results = append(h.results, f.result)
		} else {
			p.failures[f.name] = &startFailure{result: f.result, retryAt: retryAt(err)}
		}
	}
	p.finished = nil
	for _, name := range slices.Sorted(maps.Keys(p.failures)) {
		if failure := p.failures[name]; time.Now().Before(failure.retryAt) {
			h.failed = append(h.failed, name)
			h.results = append(h.results, failure.result)
		} else {
			delete(p.failures, name)
		}
	}
	return h
}

// startedSince tells whether a start of the pod has ended that a status of the given time may not show.
func (d *dependencyManager) startedSince(uid kubetypes.UID, status time.Time) bool {
	d.lock.Lock()
	defer d.lock.Unlock()
	p, known := d.pods[uid]
	return known && status.Before(p.lastEnd)
}

// retryAt returns when a start that failed may be tried again.
func retryAt(err error) time.Time {
	if expiration, found := kubecontainer.MinBackoffExpiration(err); found {
		return expiration
	}
	return time.Now().Add(startRetryPeriod)
}

// forgetFailures lets all containers be tried at once, in a new sandbox.
func (d *dependencyManager) forgetFailures(uid kubetypes.UID) {
	d.lock.Lock()
	defer d.lock.Unlock()
	clear(d.pod(uid).failures)
}

// cancelStarts ends all starts in flight of a pod that is about to be stopped: when it returns, no further call to the
// runtime follows from them. The kills in flight it returns, by container name: they go on.
func (d *dependencyManager) cancelStarts(ctx context.Context, uid kubetypes.UID) map[string]*containerKill {
	d.lock.Lock()
	var starts []*containerStart
	kills := map[string]*containerKill{}
	if p, known := d.pods[uid]; known {
		for name, start := range p.starts {
			start.cancelled = true
			if start.kill.inFlight() {
				kills[name] = start.kill
			} else {
				starts = append(starts, start)
			}
			start.cancel()
			delete(p.starts, name)
		}
	}
	d.lock.Unlock()

	timeout := time.After(startJoinTimeout)
	for _, start := range starts {
		select {
		case <-start.done:
		case <-timeout:
			klog.FromContext(ctx).V(2).Info("Cancelled container start has not returned yet", "podUID", uid)
			return kills
		}
	}
	return kills
}
