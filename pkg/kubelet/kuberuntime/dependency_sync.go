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
	"k8s.io/kubernetes/pkg/kubelet/dependencies"
)

// WaitForDependencies is the action of a sync of which containers are held back or being started. Its result, always
// good, makes the kubelet look at the pod again at once: a sync without any result waits for the next relist.
const WaitForDependencies kubecontainer.SyncAction = "WaitForDependencies"

// orderPass travels in the context of one call of upstream's SyncPod, to its computePodActions.
type orderPass struct {
	// single, when set, is all that the call is to do with one container. refused tells that it has done nothing, as the pod
	// is to be stopped.
	single  *podActions
	refused bool
	// order that is in force, replaced when a sandbox is to be created.
	order *PodOrder
	// skip are the containers that are not to be touched: their start is in flight, or has just failed.
	skip []string
	// candidates are the regular containers that upstream would start, whatever their gates.
	candidates []int
	// kills are the kills of single containers, by container name; natives are the native sidecars to be restarted.
	kills   map[string]map[kubecontainer.ContainerID]containerToKillInfo
	natives []int
	// actions are upstream's.
	actions podActions
	// handled tells that the starts of regular containers are left to the caller.
	handled bool
}

type orderPassKey struct{}

func withOrderPass(ctx context.Context, pass *orderPass) context.Context {
	return context.WithValue(ctx, orderPassKey{}, pass)
}

func orderPassFrom(ctx context.Context) *orderPass {
	pass, _ := ctx.Value(orderPassKey{}).(*orderPass)
	return pass
}

// syncOrderedPod lets upstream do everything for the pod but start its regular containers, and starts those whose gates
// are open, each on its own.
func (m *kubeGenericRuntimeManager) syncOrderedPod(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus, pullSecrets []v1.Secret, backOff *flowcontrol.Backoff, restartAllContainers bool) (result kubecontainer.PodSyncResult) {
	m.dependencies.prune(m.podStateProvider.ShouldPodRuntimeBeRemoved)
	m.dependencies.syncs(pod.UID)
	m.watchExits(ctx)
	var awaited map[string]dependency.Condition
	defer func() { m.awaitProbes(ctx, pod.UID, awaited) }()
	if restartAllContainers {
		// A start in flight would bring back a container that is about to be removed.
		m.dependencies.cancelStarts(ctx, pod.UID)
	}
	starts := m.dependencies.harvest(pod.UID)
	for _, r := range starts.results {
		result.AddPodSyncResult(r)
	}
	if restartAllContainers || (!starts.lastEnd.IsZero() && !podStatus.TimeStamp.After(starts.lastEnd)) {
		fresh, err := m.freshPodStatus(ctx, pod, podStatus)
		if err != nil {
			result.Fail(err)
			return result
		}
		podStatus = fresh
	}

	order := m.PodOrder(ctx, pod, podStatus)
	if order == nil {
		result.AddPodSyncResult(m.upstreamSyncPod(ctx, pod, podStatus, pullSecrets, backOff, restartAllContainers))
		return result
	}
	pass := &orderPass{order: order, skip: slices.Concat(starts.inFlight, starts.failed)}
	first := m.upstreamSyncPod(withOrderPass(ctx, pass), pod, podStatus, pullSecrets, backOff, restartAllContainers)
	result.AddPodSyncResult(first)
	if pass.order.Invalid != nil {
		m.reportInvalid(ctx, pod, pass.order.Invalid)
		return result
	}
	m.dependencies.announce(pod.UID, "", "")
	if !pass.handled || keepsFromStarting(first) {
		return result
	}
	actions := pass.actions
	if actions.CreateSandbox {
		fresh, err := m.freshPodStatus(ctx, pod, podStatus)
		if err != nil {
			result.Fail(err)
			return result
		}
		if !hasReadySandbox(fresh) {
			return result
		}
		podStatus = fresh
		pass.order = m.newPodOrder(ctx, pod, podStatus, pass.order.Graph)
		pass.actions.SandboxID = newestSandbox(podStatus).Id
		m.reportUnrestartedSidecars(ctx, pod, pass.order.Graph)
	} else if len(actions.ContainersToKill) > 0 || len(actions.InitContainersToStart) > 0 {
		// What upstream has just killed, or is a native sidecar that it has just restarted, opens no gate any more.
		fresh, err := m.freshPodStatus(ctx, pod, podStatus)
		if err != nil {
			result.Fail(err)
			return result
		}
		pass.order = m.newPodOrder(ctx, pod, fresh, pass.order.Graph)
	}

	launched := withoutPrunedInitContainers(pod, podStatus)
	restarts := pass.restarts(pod)
	for _, task := range restarts {
		m.launch(ctx, pod, launched, pullSecrets, backOff, task)
		pass.skip = append(pass.skip, task.name)
	}
	if len(restarts) > 0 {
		// What is being killed opens no gate any more.
		pass.order = m.newPodOrder(ctx, pod, podStatus, pass.order.Graph)
	}
	decisions := pass.order.Decisions
	m.reportGates(ctx, pod, decisions, pass.candidates)
	for _, i := range dueContainers(pod, pass) {
		m.launch(ctx, pod, launched, pullSecrets, backOff, pass.startOf(pod, i))
	}
	m.pullAhead(ctx, pod, decisions, pass, pullSecrets)
	awaited = decisions.Awaited
	if len(pass.candidates) > 0 || len(starts.inFlight) > 0 || len(restarts) > 0 {
		result.AddSyncResult(kubecontainer.NewSyncResult(WaitForDependencies, pod.Name))
	}
	return result
}

// awaitProbes tells the probe manager which probes of the pod others wait for.
func (m *kubeGenericRuntimeManager) awaitProbes(ctx context.Context, uid kubetypes.UID, awaited map[string]dependency.Condition) {
	if awaiter, ok := m.runtimeHelper.(probeAwaiter); ok {
		awaiter.AwaitProbes(ctx, uid, awaited)
	}
}

// probeAwaiter is what the runtime helper of a real kubelet can do beyond upstream's interface.
type probeAwaiter interface {
	AwaitProbes(ctx context.Context, podUID kubetypes.UID, awaited map[string]dependency.Condition)
}

// orderActions changes upstream's answer to what the order of the pod allows.
func (m *kubeGenericRuntimeManager) orderActions(ctx context.Context, pass *orderPass, pod *v1.Pod, podStatus *kubecontainer.PodStatus, actions podActions) podActions {
	pass.actions = actions
	order := pass.order
	if len(actions.ContainersToReset) > 0 {
		// RestartAllContainers keeps upstream's contract, and arms the gates anew.
		m.dependencies.forgetFailures(pod.UID)
		return actions
	}
	if order.Decisions.Complete || order.Decisions.Failed != "" {
		return podActions{KillPod: true, SandboxID: actions.SandboxID, Attempt: actions.Attempt}
	}
	if actions.CreateSandbox {
		m.dependencies.forgetFailures(pod.UID)
	}
	if actions.CreateSandbox && order.Invalid == nil {
		graph, err := dependencies.ForPod(pod)
		if err != nil {
			order = &PodOrder{Pod: pod, Invalid: err}
		} else {
			order = m.newPodOrder(ctx, pod, podStatus, graph)
		}
		pass.order = order
	}
	if order.Invalid != nil {
		return podActions{KillPod: newestSandbox(podStatus) != nil, SandboxID: actions.SandboxID, Attempt: actions.Attempt}
	}
	if order.Graph == nil {
		return actions
	}

	pass.handled = true
	pass.candidates = actions.ContainersToStart
	actions.ContainersToStart = nil
	for id, kill := range actions.ContainersToKill {
		if slices.Contains(pass.skip, kill.name) {
			delete(actions.ContainersToKill, id)
			actions.KillPod = actions.CreateSandbox
		}
	}
	if actions.UpdatePodResources && !actions.UpdatePodLevelResources && len(actions.InitContainersToStart) == 0 {
		actions.UpdatePodResources = m.startingResizedContainer(klog.FromContext(ctx), pod, pod.Spec.Containers, dueContainers(pod, pass))
	}
	pass.takeRestarts(pod, podStatus, &actions)
	for _, i := range actions.InitContainersToStart {
		// Upstream starts it within the sync, hook and all.
		m.dependencies.forgetStart(pod.UID, pod.Spec.InitContainers[i].Name)
	}
	return actions
}

// dueContainers are the candidates that may be started now.
func dueContainers(pod *v1.Pod, pass *orderPass) []int {
	var due []int
	for _, i := range pass.candidates {
		name := pod.Spec.Containers[i].Name
		d := pass.order.Decisions.Containers[name]
		if d.Gate != dependency.Open || slices.Contains(pass.skip, name) {
			continue
		}
		// Upstream restarts a container that it kills for a changed image under any restart policy.
		if !d.Finished || pass.killsFirst(name) {
			due = append(due, i)
		}
	}
	return due
}

// keepsFromStarting tells whether upstream's SyncPod would have returned before it came to the regular containers.
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

// freshPodStatus asks the runtime. The IPs are the kubelet's choice for as long as there are any.
func (m *kubeGenericRuntimeManager) freshPodStatus(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus) (*kubecontainer.PodStatus, error) {
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
	return fresh, nil
}

// withoutPrunedInitContainers leaves out what upstream's SyncPod has removed by now and would try to remove again.
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
