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

// podPass decides what one call of upstream's SyncPod does for a pod that has an order. It travels in the context of the call. There
// are two kinds: wholePass for the pod as a whole, and containerPass for one container.
type podPass interface {
	// actions returns what the call is to do; upstream returns what upstream would do.
	actions(ctx context.Context, upstream func() podActions) podActions
	// plan returns the encoded plan to be kept with a sandbox, and nothing when there is no order.
	plan() string
}

var (
	_ podPass = (*wholePass)(nil)
	_ podPass = (*containerPass)(nil)
)

type podPassKey struct{}

func withPass(ctx context.Context, pass podPass) context.Context {
	return context.WithValue(ctx, podPassKey{}, pass)
}

// passFrom returns nil where the pod has no order.
func passFrom(ctx context.Context) podPass {
	pass, _ := ctx.Value(podPassKey{}).(podPass)
	return pass
}

// pinPlan keeps the plan that is in force with the sandbox that is created with the configuration.
func pinPlan(ctx context.Context, config *runtimeapi.PodSandboxConfig) {
	if pass := passFrom(ctx); pass != nil && pass.plan() != "" {
		config.Annotations = pin(pass.plan(), config.Annotations)
	}
}

// wholePass lets upstream do everything for the pod but what is done for each container on its own, which is left over.
type wholePass struct {
	*kubeGenericRuntimeManager
	pod *v1.Pod
	// order that is in force; replaced when a sandbox is to be created.
	order *PodOrder
	// skip are the containers that are not to be touched: their start is in flight, or has just failed.
	skip []string
	// left is what upstream does not do. It is nil when nothing is left to do.
	left *leftWork
}

func (p *wholePass) plan() string { return p.order.kept.plan }

// actions reduces upstream's answer to what the order of the pod allows.
func (p *wholePass) actions(ctx context.Context, upstream func() podActions) podActions {
	actions, status := upstream(), p.order.status
	if len(actions.ContainersToReset) > 0 {
		// RestartAllContainers keeps upstream's contract, and arms the gates anew.
		p.records.with(p.pod.UID, (*podRecord).forgetFailures)
		return actions
	}
	if p.order.Decisions.Complete || p.order.Decisions.Failed != "" {
		return podActions{KillPod: true, SandboxID: actions.SandboxID, Attempt: actions.Attempt}
	}
	if actions.CreateSandbox {
		p.records.with(p.pod.UID, (*podRecord).forgetFailures)
		if p.order.Invalid == nil {
			p.order = p.orderOfNextSandbox(ctx, p.pod, status)
		}
	}
	if p.order.Invalid != nil {
		return podActions{KillPod: newestSandbox(status) != nil, SandboxID: actions.SandboxID, Attempt: actions.Attempt}
	}
	if p.order.Graph == nil {
		return actions
	}

	p.left = &leftWork{status: status, plan: p.plan(), sandboxID: actions.SandboxID, attempt: actions.Attempt, newSandbox: actions.CreateSandbox}
	p.left.candidates, actions.ContainersToStart = actions.ContainersToStart, nil
	for id, kill := range actions.ContainersToKill {
		if slices.Contains(p.skip, kill.name) {
			delete(actions.ContainersToKill, id)
			actions.KillPod = actions.CreateSandbox
			continue
		}
		p.left.killed = append(p.left.killed, kill.name)
	}
	if actions.UpdatePodResources && !actions.UpdatePodLevelResources && len(actions.InitContainersToStart) == 0 {
		actions.UpdatePodResources = p.startingResizedContainer(klog.FromContext(ctx), p.pod, p.pod.Spec.Containers, p.left.due(p.pod, p.order, p.skip))
	}
	p.left.takeRestarts(p.pod, p.skip, &actions)
	p.left.changed = len(actions.ContainersToKill) > 0 || len(actions.InitContainersToStart) > 0
	p.records.with(p.pod.UID, func(record *podRecord) {
		for _, i := range actions.InitContainersToStart {
			// Upstream starts it within the sync, hook and all.
			record.container(p.pod.Spec.InitContainers[i].Name).outcome = startUnknown
		}
	})
	return actions
}

// containerPass does what is to be done with one container, unless the pod is to be stopped.
type containerPass struct {
	*kubeGenericRuntimeManager
	pod *v1.Pod
	do  *podActions
	// pinned is the encoded plan that is kept with the pod's sandbox.
	pinned string
	// refused means that nothing was done.
	refused bool
}

func (p *containerPass) plan() string { return p.pinned }

func (p *containerPass) actions(ctx context.Context, _ func() podActions) podActions {
	if p.refused = ctx.Err() != nil || p.podStateProvider.IsPodTerminationRequested(p.pod.UID); p.refused {
		return podActions{SandboxID: p.do.SandboxID, Attempt: p.do.Attempt}
	}
	p.records.with(p.pod.UID, func(record *podRecord) {
		for id := range p.do.ContainersToKill {
			record.instance(id).runHook()
		}
	})
	return *p.do
}

// leftWork is what is to be done for each container on its own, after upstream's SyncPod.
type leftWork struct {
	// status is the one that upstream's answer is about. What is left is done with it, so that a container that has just been
	// killed is started again as upstream starts it.
	status *kubecontainer.PodStatus
	// plan is the encoded plan that is kept with the sandbox.
	plan      string
	sandboxID string
	attempt   uint32
	// newSandbox means that upstream creates a sandbox first.
	newSandbox bool
	// changed means that upstream kills or starts containers first, which opens and closes gates.
	changed bool
	// candidates are the regular containers that upstream would start, whatever their gates.
	candidates []int
	// killed are the names of the containers that are killed, by upstream or as part of what is left.
	killed []string
	// kills are the kills of single containers, by container name; natives are the native sidecars to be restarted.
	kills   map[string]map[kubecontainer.ContainerID]containerToKillInfo
	natives []int
}

// due are the candidates that may be started now.
func (w *leftWork) due(pod *v1.Pod, order *PodOrder, skip []string) []int {
	var due []int
	for _, i := range w.candidates {
		name := pod.Spec.Containers[i].Name
		d := order.Decisions.Containers[name]
		if d.Gate != dependency.Open || slices.Contains(skip, name) {
			continue
		}
		// Upstream restarts a container that it kills for a changed image under any restart policy.
		if !d.Finished || slices.Contains(w.killed, name) {
			due = append(due, i)
		}
	}
	return due
}
