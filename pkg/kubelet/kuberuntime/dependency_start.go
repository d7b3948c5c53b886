// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"time"

	v1 "k8s.io/api/core/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/klog/v2"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// podStarter holds the arguments of upstream's SyncPod for single-container tasks. It is never changed, because the
// tasks outlive the sync.
type podStarter struct {
	*kubeGenericRuntimeManager
	pod         *v1.Pod
	pullSecrets []v1.Secret
	backOff     *flowcontrol.Backoff
}

// launch runs a task through upstream's SyncPod, in a goroutine. When it ends, launch requests a sync of the pod with a new
// status, which collects the result.
func (s podStarter) launch(ctx context.Context, task containerTask) {
	ctx = context.WithoutCancel(ctx)
	start := s.records.begin(s.pod.UID, task)
	start.terminating = func() bool { return s.podStateProvider.IsPodTerminationRequested(s.pod.UID) }
	start.gateOpen = func(ctx context.Context) bool { return s.gateOpen(ctx, task) }
	klog.FromContext(ctx).V(3).Info("Handling container on its own", "pod", klog.KObj(s.pod), "containerName", task.name,
		"kill", task.kill != nil, "start", task.start != nil)
	go func() {
		defer utilruntime.HandleCrashWithContext(ctx)
		var result kubecontainer.PodSyncResult
		defer func() {
			s.records.end(s.pod.UID, task.name, start, result)
			s.requestPodSync(ctx, s.pod.UID)
		}()
		if task.kill != nil {
			var refused bool
			result, refused = s.do(ctx, task, task.kill)
			err := result.Error()
			if refused {
				err = errKillRefused
			}
			var goOn bool
			s.records.with(s.pod.UID, func(*podRecord) { goOn = start.killEnds(err) })
			if !goOn {
				return
			}
		}
		if task.start != nil {
			s.records.with(s.pod.UID, func(p *podRecord) { p.container(task.name).startBegins(start) })
			ctx, span := ordering.BeginSpan(ctx, ordering.StartSpan, s.pod, task.name)
			s.pod = s.withAheadPull(ctx, start, task.name)
			more, _ := s.do(ordering.WithStart(ctx, start), task, task.start)
			span.End(more.Error())
			result.AddPodSyncResult(more)
		}
	}()
}

// withAheadPull is withImagePulled until the start is cancelled.
func (s podStarter) withAheadPull(ctx context.Context, start *containerStart, name string) *v1.Pod {
	ctx, done := start.UntilCancelled(ctx)
	defer done()
	return s.withImagePulled(ctx, s.pod, name)
}

// do calls upstream's SyncPod with only the given actions. It refuses if the pod is terminating.
func (s podStarter) do(ctx context.Context, task containerTask, actions *podActions) (result kubecontainer.PodSyncResult, refused bool) {
	pass := &containerPass{kubeGenericRuntimeManager: s.kubeGenericRuntimeManager, pod: s.pod, do: actions, pinned: task.plan,
		volumes: task.volumes}
	result = s.upstreamSyncPod(withPass(ctx, pass), s.pod, task.status, s.pullSecrets, s.backOff, false)
	return result, pass.refused
}

// errKillRefused is the error of a kill that was refused because the pod is terminating.
var errKillRefused = errors.New("the pod is to be stopped")

func (r *podRecords) begin(uid kubetypes.UID, task containerTask) (start *containerStart) {
	r.with(uid, func(p *podRecord) {
		c := p.container(task.name)
		c.attempt = startAttempt{began: time.Now(), key: task.key, sandbox: task.sandbox()}
		start = c.begin(r, task.kill != nil, task.start != nil)
	})
	return start
}

func (r *podRecords) end(uid kubetypes.UID, name string, start *containerStart, result kubecontainer.PodSyncResult) {
	r.with(uid, func(p *podRecord) {
		p.lastEnd = time.Now()
		if p.container(name).end(start, result.Error()) {
			p.ended = append(p.ended, endedStart{name: name, result: result})
		}
	})
}
