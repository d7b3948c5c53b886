// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
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
	d.pod(uid).starts[name] = start
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
	if !start.cancelled {
		p.finished = append(p.finished, finishedStart{name: name, result: result})
	}
}

// harvest returns the names of the containers whose start is in flight, the results of starts that have ended, and
// when the last one ended. The pod's status must be read after this call, or be newer than that: an older one may lack
// a container that is no longer in flight, and it would be started twice.
func (d *dependencyManager) harvest(uid kubetypes.UID) (inFlight []string, finished []finishedStart, lastEnd time.Time) {
	d.lock.Lock()
	defer d.lock.Unlock()
	p := d.pod(uid)
	for name := range p.starts {
		inFlight = append(inFlight, name)
	}
	slices.Sort(inFlight)
	finished, p.finished = p.finished, nil
	return inFlight, finished, p.lastEnd
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
