// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// WaitForDependencies is the action of a sync that leaves containers held back or being started. Its result never fails
// and makes the kubelet relist the pod at once, if a newer status is of use: after a sync without results, the pod worker waits for the
// next relist.
const WaitForDependencies kubecontainer.SyncAction = "WaitForDependencies"

// podSync is one sync of a pod that has an order.
type podSync struct {
	podStarter
	restartAll bool
	result     kubecontainer.PodSyncResult
	// awaited are the containers whose probes others wait for after the sync.
	awaited map[string]dependency.Condition
	// keepsProbes means that the sync failed before it knew: the probes of the last sync go on.
	keepsProbes bool
}

// syncOrderedPod observes the pod, decides, and acts:
//
//	collect the results of starts ─► observe ─► decide ─► upstream does all but the single-container tasks
//	                                                   ─► observe and decide again, if the pod has changed
//	                                                   ─► kills and restarts ─► starts ─► pulls ─► probes
func (m *kubeGenericRuntimeManager) syncOrderedPod(
	ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus, pullSecrets []v1.Secret, backOff *flowcontrol.Backoff,
	restartAllContainers bool,
) kubecontainer.PodSyncResult {
	m.records.prune(m.podStateProvider.ShouldPodRuntimeBeRemoved)
	m.watchExits(ctx)
	s := &podSync{podStarter: podStarter{m, pod, pullSecrets, backOff}, restartAll: restartAllContainers}
	defer func() {
		if !s.keepsProbes {
			m.helper().AwaitProbes(ctx, pod.UID, s.awaited)
		}
	}()

	if restartAllContainers {
		// A start in flight would recreate a container that is about to be removed. Its end requests another sync.
		if !m.cancelStarts(pod.UID).join(ctx, pod.UID) {
			s.result.AddSyncResult(kubecontainer.NewSyncResult(WaitForDependencies, pod.Name))
			return s.result
		}
	}
	starts := s.collect(podStatus.TimeStamp)
	status, err := s.observe(ctx, podStatus, starts)
	if err != nil {
		s.result.Fail(err)
		s.keepsProbes = true
		return s.result
	}
	s.retryNow(&starts, status)
	// Not PodOrder: a pod whose pinned sandbox is gone by now may have no order at all.
	s.act(ctx, m.orderInForce(ctx, pod, status), starts)
	return s.result
}

// collect returns the state of the pod's starts, and adds their results to the result of the sync, which begins with a status of that
// time.
func (s *podSync) collect(shown time.Time) (starts collectedStarts) {
	s.records.with(s.pod.UID, func(p *podRecord) {
		p.synced, p.shown, p.startsRelist = true, shown, false
		starts = p.collect()
	})
	for _, r := range starts.results {
		s.result.AddPodSyncResult(r)
	}
	return starts
}

// observe returns a status that is new enough to show the effects of the collected starts.
func (s *podSync) observe(
	ctx context.Context, podStatus *kubecontainer.PodStatus, starts collectedStarts,
) (*kubecontainer.PodStatus, error) {
	outdated := !starts.lastEnd.IsZero() && !podStatus.TimeStamp.After(starts.lastEnd)
	if outdated {
		// A relist that was under way when the start ended may have served the request of that time with an older list. What
		// the kubelet shows would follow from it for as long as nothing else changes.
		s.helper().RequestPodSyncAtRelist(s.pod.UID)
	}
	if s.restartAll || outdated {
		return s.freshPodStatus(ctx, s.pod, podStatus)
	}
	return withActiveContainers(podStatus), nil
}

// retryNow ends the pauses of failed starts that upstream would not make. Their results stay part of this sync.
func (s *podSync) retryNow(starts *collectedStarts, status *kubecontainer.PodStatus) {
	s.records.with(s.pod.UID, func(p *podRecord) {
		starts.failed = slices.DeleteFunc(starts.failed, func(name string) bool {
			return p.container(name).retriesNow(backOffKey(s.pod, name), status.FindContainerStatusByName(name))
		})
	})
}

// act lets upstream's SyncPod do everything for the pod but the single-container tasks, and launches those.
func (s *podSync) act(ctx context.Context, order *PodOrder, starts collectedStarts) {
	pass := &wholePass{kubeGenericRuntimeManager: s.kubeGenericRuntimeManager, pod: s.pod, order: order,
		skip: slices.Concat(starts.inFlight, starts.failed)}
	first := s.upstreamSyncPod(withPass(ctx, pass), s.pod, order.status, s.pullSecrets, s.backOff, s.restartAll)
	s.result.AddPodSyncResult(first)
	pass.noteStarts(first)
	s.reportInvalid(ctx, s.pod, pass.order.Invalid)
	if pass.left == nil || keepsFromStarting(first) {
		s.keepsProbes = pass.left != nil
		return
	}
	order, left, skip := pass.order, pass.left, pass.skip
	if left.newSandbox || left.changed {
		// The gates depend on what upstream has just created, killed or started.
		changed, err := s.observeAgain(ctx, s.pod, order)
		if err != nil {
			s.result.Fail(err)
			s.keepsProbes = true
			return
		}
		order = changed
	}
	if left.newSandbox {
		if !hasReadySandbox(order.status) {
			return
		}
		left.status, left.sandboxID = order.status, newestSandbox(order.status).Id
		s.reportUnrestartedSidecars(ctx, s.pod, order.Graph)
	}

	left.status = withoutPrunedInitContainers(s.pod, left.status)
	restarts := left.restarts(s.pod, order, skip)
	for _, task := range restarts {
		s.launch(ctx, task)
		skip = append(skip, task.name)
	}
	if len(restarts) > 0 {
		// A container that is being killed must not open a gate.
		order = s.decideAgain(ctx, s.pod, order)
	}
	s.reportGates(ctx, s.pod, order.Decisions, left.candidates)
	for _, i := range left.due(s.pod, order, skip) {
		s.launch(ctx, left.startOf(s.pod, i))
	}
	s.pullAhead(ctx, order.Decisions, left)
	s.awaited = order.Decisions.Awaited
	if len(left.candidates) > 0 || len(starts.inFlight) > 0 || len(restarts) > 0 {
		s.result.AddSyncResult(kubecontainer.NewSyncResult(WaitForDependencies, s.pod.Name))
		if s.result.Error() != nil {
			s.relistAfter(ctx)
			return
		}
	}
	s.leavesRelistToStarts()
}

// relistPause is how long after a failed sync its pod is relisted: the pod worker takes the time of the sync only after its end.
const relistPause = 20 * time.Millisecond

// relistAfter relists the pod after a sync that fails, because another of its containers is in back-off: the kubelet does so only after
// others, and the answer of a probe would wait for the next relist of the node, up to a second.
func (s *podSync) relistAfter(ctx context.Context) {
	helper, logger, uid := s.helper(), klog.FromContext(ctx), s.pod.UID
	time.AfterFunc(relistPause, func() { helper.RequestRelist(logger, uid) })
}

// keepsFromStarting reports whether upstream's SyncPod would have returned before starting the regular containers.
func keepsFromStarting(result kubecontainer.PodSyncResult) bool {
	if result.SyncError != nil {
		return true
	}
	for _, r := range result.SyncResults {
		if r.Error != nil && r.Action != kubecontainer.StartContainer && r.Action != kubecontainer.ResizePodInPlace {
			return true
		}
	}
	return false
}

// freshPodStatus reads the pod's status from the runtime. It keeps the IPs of podStatus, which the kubelet chose, while
// the sandbox is the same.
func (m *kubeGenericRuntimeManager) freshPodStatus(
	ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus,
) (*kubecontainer.PodStatus, error) {
	runtimePod, err := m.GetPod(ctx, pod.UID)
	if errors.Is(err, kubecontainer.ErrPodNotFound) {
		return &kubecontainer.PodStatus{ID: pod.UID, Name: pod.Name, Namespace: pod.Namespace, TimeStamp: time.Now()}, nil
	}
	if err != nil {
		return nil, err
	}
	fresh, err := m.GetPodStatus(ctx, runtimePod)
	if err != nil {
		return nil, err
	}
	if sandbox := newestSandbox(podStatus); len(fresh.IPs) == 0 || (sandbox != nil && sandbox.Id == newestSandbox(fresh).GetId()) {
		fresh.IPs = podStatus.IPs
	}
	return withActiveContainers(fresh), nil
}

// withoutPrunedInitContainers leaves out the init containers that upstream's SyncPod has already removed and would try
// to remove again.
func withoutPrunedInitContainers(pod *v1.Pod, podStatus *kubecontainer.PodStatus) *kubecontainer.PodStatus {
	initial := map[string]bool{}
	for i := range pod.Spec.InitContainers {
		initial[pod.Spec.InitContainers[i].Name] = true
	}
	pruned := *podStatus
	pruned.ContainerStatuses = nil
	seen := map[string]bool{}
	for _, status := range podStatus.ContainerStatuses {
		if initial[status.Name] && seen[status.Name] {
			continue
		}
		seen[status.Name] = true
		pruned.ContainerStatuses = append(pruned.ContainerStatuses, status)
	}
	return &pruned
}

// requestPodSync requests a sync of the pod, because of a change that no other part of the kubelet knows about.
func (m *kubeGenericRuntimeManager) requestPodSync(ctx context.Context, uid kubetypes.UID) {
	m.records.ifKnown(uid, func(p *podRecord) { p.changed = time.Now() })
	m.helper().RequestPodSync(ctx, uid)
}
