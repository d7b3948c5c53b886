// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
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
	done      chan struct{}
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

// launch starts one container of the pod by upstream's own means, in a goroutine. The result is handed to the pod's
// next sync, which is asked for.
func (m *kubeGenericRuntimeManager) launch(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus, pullSecrets []v1.Secret, backOff *flowcontrol.Backoff, actions podActions) {
	name := pod.Spec.Containers[actions.ContainersToStart[0]].Name
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	start := m.dependencies.begin(pod.UID, name, cancel)
	klog.FromContext(ctx).V(3).Info("Starting container on its own", "pod", klog.KObj(pod), "containerName", name)
	go func() {
		defer utilruntime.HandleCrashWithContext(ctx)
		defer cancel()
		var result kubecontainer.PodSyncResult
		defer func() {
			m.dependencies.end(pod.UID, name, start, result)
			if requester, ok := m.runtimeHelper.(podSyncRequester); ok {
				requester.RequestPodSync(context.WithoutCancel(ctx), pod.UID)
			}
		}()
		result = m.upstreamSyncPod(withOrderPass(ctx, &orderPass{single: &actions}), pod, podStatus, pullSecrets, backOff, false)
	}()
}

func (d *dependencyManager) begin(uid kubetypes.UID, name string, cancel context.CancelFunc) *containerStart {
	d.lock.Lock()
	defer d.lock.Unlock()
	start := &containerStart{cancel: cancel, done: make(chan struct{})}
	p := d.pod(uid)
	p.starts[name] = start
	delete(p.startDone, name)
	return start
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
	p.startDone[name] = result.Error() == nil
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
// runtime follows from them.
func (d *dependencyManager) cancelStarts(ctx context.Context, uid kubetypes.UID) {
	d.lock.Lock()
	var starts []*containerStart
	if p, known := d.pods[uid]; known {
		for name, start := range p.starts {
			start.cancelled = true
			starts = append(starts, start)
			delete(p.starts, name)
		}
	}
	d.lock.Unlock()

	timeout := time.After(startJoinTimeout)
	for _, start := range starts {
		start.cancel()
	}
	for _, start := range starts {
		select {
		case <-start.done:
		case <-timeout:
			klog.FromContext(ctx).V(2).Info("Cancelled container start has not returned yet", "podUID", uid)
			return
		}
	}
}
