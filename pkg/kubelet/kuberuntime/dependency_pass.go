// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"slices"

	v1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// podPass decides what one call of upstream's SyncPod does for a pod that has an order. It travels in the context of
// the call. There are two kinds: wholePass for the pod as a whole, and containerPass for one container.
type podPass interface {
	// actions returns what the call does; upstream returns what upstream would do.
	actions(ctx context.Context, upstream func() podActions) podActions
	// plan returns the encoded plan to pin to a new sandbox, or "" if there is no order.
	plan() string
	// imageVolumes returns the image volumes of the pod; pull pulls their images.
	imageVolumes(ctx context.Context, pull func() (imageVolumePulls, error)) (imageVolumePulls, error)
}

var (
	_ podPass = (*wholePass)(nil)
	_ podPass = (*containerPass)(nil)
)

type podPassKey struct{}

func withPass(ctx context.Context, pass podPass) context.Context {
	return context.WithValue(ctx, podPassKey{}, pass)
}

// passFrom returns the pass of the call, or nil if the pod has no order.
func passFrom(ctx context.Context) podPass {
	pass, _ := ctx.Value(podPassKey{}).(podPass)
	return pass
}

// pinPlan adds the plan in force to the annotations of the sandbox configuration.
func pinPlan(ctx context.Context, config *runtimeapi.PodSandboxConfig) {
	if pass := passFrom(ctx); pass != nil && pass.plan() != "" {
		config.Annotations = pin(pass.plan(), config.Annotations)
	}
}

// wholePass lets upstream do everything for the pod but the single-container tasks, which it collects in left.
type wholePass struct {
	*kubeGenericRuntimeManager
	pod *v1.Pod
	// order is the order in force. A new sandbox replaces it.
	order *PodOrder
	// skip are the containers to leave alone: their start is in flight, or has failed and is not due for a retry.
	skip []string
	// volumes are the image volumes for all starts of the sync.
	volumes imageVolumes
	// left is the work that upstream does not do. It is nil if there is none.
	left *leftWork
}

func (p *wholePass) plan() string { return p.order.kept.plan }

func (p *wholePass) imageVolumes(ctx context.Context, pull func() (imageVolumePulls, error)) (imageVolumePulls, error) {
	return p.volumes.get(ctx, pull)
}

// actions reduces upstream's actions to those that the order of the pod allows.
func (p *wholePass) actions(ctx context.Context, upstream func() podActions) podActions {
	actions, status := upstream(), p.order.status
	restartAll := len(actions.ContainersToReset) > 0
	if p.order.Decisions.Complete || p.order.Decisions.Failed != "" {
		// Even if all containers were to restart: the decisions have taken that into account.
		klog.FromContext(ctx).V(4).Info("Stopping what is left of the pod: its Standard containers have completed, or one can never start",
			"pod", klog.KObj(p.pod), "podUID", p.pod.UID, "complete", p.order.Decisions.Complete, "failed", p.order.Decisions.Failed)
		return podActions{KillPod: true, SandboxID: actions.SandboxID, Attempt: actions.Attempt}
	}
	p.recreateSandbox(&actions)
	if restartAll || actions.CreateSandbox {
		p.records.with(p.pod.UID, (*podRecord).armGates)
	}
	if actions.CreateSandbox && p.order.Invalid == nil {
		p.order = p.orderOfNextSandbox(ctx, p.pod, status)
	}
	if restartAll {
		// RestartAllContainers keeps upstream's contract, and arms the gates again.
		return actions
	}
	if p.order.Invalid != nil {
		return podActions{KillPod: newestSandbox(status) != nil, SandboxID: actions.SandboxID, Attempt: actions.Attempt}
	}
	if p.order.Graph == nil {
		return actions
	}

	p.left = &leftWork{status: status, plan: p.plan(), sandboxID: actions.SandboxID, attempt: actions.Attempt,
		newSandbox: actions.CreateSandbox, volumes: &p.volumes}
	if actions.KillPod && !actions.CreateSandbox && p.startsAnyway() {
		actions.KillPod = false
	}
	p.restartFailedStarts(&actions)
	// A native sidecar that is being restarted apart from the sync must not be started in it as well.
	actions.InitContainersToStart = slices.DeleteFunc(slices.Clone(actions.InitContainersToStart), func(i int) bool {
		return slices.Contains(p.skip, p.pod.Spec.InitContainers[i].Name)
	})
	p.left.candidates, actions.ContainersToStart = p.withAgain(actions.ContainersToStart), nil
	for id, kill := range actions.ContainersToKill {
		if slices.Contains(p.skip, kill.name) {
			delete(actions.ContainersToKill, id)
			actions.KillPod = actions.CreateSandbox
			continue
		}
		p.left.killed = append(p.left.killed, kill.name)
	}
	if actions.UpdatePodResources && !actions.UpdatePodLevelResources && len(actions.InitContainersToStart) == 0 {
		actions.UpdatePodResources = p.startingResizedContainer(klog.FromContext(ctx), p.pod, p.pod.Spec.Containers,
			p.left.due(p.pod, p.order, p.skip))
	}
	p.left.takeRestarts(p.pod, p.skip, &actions)
	p.left.changed = len(actions.ContainersToKill) > 0 || len(actions.InitContainersToStart) > 0
	p.records.with(p.pod.UID, func(record *podRecord) {
		for _, i := range actions.InitContainersToStart {
			c := record.container(p.pod.Spec.InitContainers[i].Name)
			c.inSync, c.outcome = true, startUnknown
		}
	})
	return actions
}

// recreateSandbox lets upstream create a sandbox for the containers that run again only because the kubelet has ended them. To
// upstream, which ends and starts them within one sync, the pod looks as if nothing of it was left to run in another one.
func (p *wholePass) recreateSandbox(actions *podActions) {
	if !actions.KillPod || actions.CreateSandbox || len(p.order.again) == 0 || newestSandbox(p.order.status) == nil ||
		hasReadySandbox(p.order.status) {
		return
	}
	actions.CreateSandbox = true
	if len(p.pod.Spec.InitContainers) > 0 {
		actions.InitContainersToStart = []int{0}
	}
}

// startsAnyway reports whether a container is about to run in the sandbox although its policy would not restart it, because the
// kubelet has ended it. To upstream, which does both within one sync, the pod looks as if nothing of it was left to run.
func (p *wholePass) startsAnyway() (starts bool) {
	if !hasReadySandbox(p.order.status) {
		return false
	}
	p.records.with(p.pod.UID, func(record *podRecord) { starts = record.startsInFlight() })
	return starts || len(p.order.again) > 0
}

// withAgain adds the containers that run again only because the kubelet ended them. Upstream starts them in the sync in which it
// ends them, and not later.
func (p *wholePass) withAgain(candidates []int) []int {
	if len(p.order.again) == 0 {
		return candidates
	}
	candidates = slices.Clone(candidates)
	for i := range p.pod.Spec.Containers {
		if _, again := p.order.again[p.pod.Spec.Containers[i].Name]; again && !slices.Contains(candidates, i) {
			candidates = append(candidates, i)
		}
	}
	return candidates
}

// containerPass performs the actions of one container, unless the pod is terminating.
type containerPass struct {
	*kubeGenericRuntimeManager
	pod *v1.Pod
	do  *podActions
	// pinned is the encoded plan of the pod's sandbox.
	pinned string
	// volumes are the image volumes for all starts of the sync, or nil.
	volumes *imageVolumes
	// refused means that the pass did nothing, because the pod is terminating.
	refused bool
}

func (p *containerPass) plan() string { return p.pinned }

func (p *containerPass) imageVolumes(ctx context.Context, pull func() (imageVolumePulls, error)) (imageVolumePulls, error) {
	if p.volumes == nil {
		return pull()
	}
	return p.volumes.get(ctx, pull)
}

func (p *containerPass) actions(ctx context.Context, _ func() podActions) podActions {
	if p.refused = startFrom(ctx).isCancelled() || p.podStateProvider.IsPodTerminationRequested(p.pod.UID); p.refused {
		return podActions{SandboxID: p.do.SandboxID, Attempt: p.do.Attempt}
	}
	return *p.do
}

// leftWork holds the single-container tasks that follow upstream's SyncPod.
type leftWork struct {
	// status is the status that upstream's actions follow from. The tasks use it too, so that a container that has just
	// been killed is restarted exactly as upstream restarts it.
	status *kubecontainer.PodStatus
	// plan is the encoded plan of the sandbox.
	plan string
	// volumes are the image volumes for all starts of the sync.
	volumes   *imageVolumes
	sandboxID string
	attempt   uint32
	// newSandbox means that upstream first creates a sandbox.
	newSandbox bool
	// changed means that upstream first kills or starts containers, which opens and closes gates.
	changed bool
	// candidates are the regular containers that upstream would start, regardless of their gates.
	candidates []int
	// killed are the names of the containers that upstream or a task kills.
	killed []string
	// kills are the kills of single containers, by container name; natives are the native sidecars to restart.
	kills   map[string]map[kubecontainer.ContainerID]containerToKillInfo
	natives []int
}

// due returns the candidates that may start now.
func (w *leftWork) due(pod *v1.Pod, order *PodOrder, skip []string) []int {
	var due []int
	for _, i := range w.candidates {
		name := pod.Spec.Containers[i].Name
		d := order.Decisions.Containers[name]
		if d.Gate != dependency.Open || slices.Contains(skip, name) {
			continue
		}
		// Under any restart policy, upstream restarts a container that it kills for a changed image.
		if !d.Finished || slices.Contains(w.killed, name) {
			due = append(due, i)
		}
	}
	return due
}
