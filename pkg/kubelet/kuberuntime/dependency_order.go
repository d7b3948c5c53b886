// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"time"

	v1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// PodOrder is the order that is in force for a pod, and what follows from it and from one status of the pod. It is made by one
// look at the pod, handed down to all that act on it, and not changed.
type PodOrder struct {
	// Graph is nil when the pod is held, and when its sandbox was created without an order.
	Graph *dependency.Graph
	// Invalid says why the pod is held.
	Invalid error
	// Decisions are those of the Graph.
	Decisions dependency.Decisions
	// Stop says how far a stop of the pod is that is going on: which containers are stopping, and who waits for whom.
	Stop string
	// ExceededLimits are the limits of the containers that this process has killed because they did not stop within these,
	// by container ID.
	ExceededLimits map[string]time.Duration

	// kept is where the Graph comes from.
	kept keptGraph
	// status is what the decisions are about.
	status *kubecontainer.PodStatus
}

// InForce returns the pod with the container types that are in force, whatever it says by now.
func (o *PodOrder) InForce(pod *v1.Pod) *v1.Pod {
	var invalid *dependency.InvalidError
	switch {
	case o.Graph != nil:
		return ordering.InForce(o.Graph.Plan(), pod)
	case errors.As(o.Invalid, &invalid):
		return ordering.InForce(invalid.Plan, pod)
	default:
		return ordering.InForce(nil, pod)
	}
}

// PodOrder returns the order that is in force for the pod, or nil for a pod that has nothing to do with ordering.
//
// A sandbox keeps the plan that was in force when it was created, also that there was none. The pod itself is asked
// when it has no usable sandbox: for the one that is to be created.
func (m *kubeGenericRuntimeManager) PodOrder(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus) *PodOrder {
	if !m.podHasOrder(pod, podStatus) {
		return nil
	}
	order := m.orderInForce(ctx, pod, podStatus)
	order.Stop, order.ExceededLimits = m.records.stopProgress(pod.UID)
	return order
}

func (m *kubeGenericRuntimeManager) orderInForce(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus) *PodOrder {
	if pinned := m.pinnedGraph(ctx, pod, newestSandbox(podStatus)); pinned.graph != nil {
		order := m.decide(ctx, pod, podStatus, pinned)
		if hasReadySandbox(podStatus) || order.Decisions.Complete || order.Decisions.Failed != "" {
			return order
		}
	} else if hasReadySandbox(podStatus) {
		return &PodOrder{status: podStatus}
	}
	return m.orderOfNextSandbox(ctx, pod, podStatus)
}

// orderOfNextSandbox returns the order that a sandbox of the pod has that is created now.
func (m *kubeGenericRuntimeManager) orderOfNextSandbox(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus) *PodOrder {
	return m.decide(ctx, pod, podStatus, m.ownGraph(pod))
}

// decideAgain returns what follows from the same status of the pod after something has been done.
func (m *kubeGenericRuntimeManager) decideAgain(ctx context.Context, pod *v1.Pod, order *PodOrder) *PodOrder {
	return m.decide(ctx, pod, order.status, order.kept)
}

// observeAgain reads the status of the pod anew and returns what follows from that by the same order.
func (m *kubeGenericRuntimeManager) observeAgain(ctx context.Context, pod *v1.Pod, order *PodOrder) (*PodOrder, error) {
	fresh, err := m.freshPodStatus(ctx, pod, order.status)
	if err != nil {
		return nil, err
	}
	return m.decide(ctx, pod, fresh, order.kept), nil
}

// decide observes the pod and returns what follows by the graph. As long as the same is observed, what was decided holds.
func (m *kubeGenericRuntimeManager) decide(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus, kept keptGraph) *PodOrder {
	order := &PodOrder{Graph: kept.graph, Invalid: kept.invalid, kept: kept, status: podStatus}
	if order.Graph == nil {
		return order
	}
	var observed dependency.PodObservation
	var known bool
	m.records.with(pod.UID, func(p *podRecord) {
		observed = m.observePod(ctx, pod, podStatus, p)
		order.Decisions, known = p.memo.decisionsOn(order.Graph, observed)
	})
	if !known {
		// Not under the lock: it would hold up all other pods.
		order.Decisions = order.Graph.Decide(observed)
		m.records.with(pod.UID, func(p *podRecord) { p.memo.keep(decided{order.Graph, observed, order.Decisions}) })
	}
	return order
}

// podHasOrder reports whether the pod, or the sandbox that it has, says anything about the order of its containers.
func (m *kubeGenericRuntimeManager) podHasOrder(pod *v1.Pod, podStatus *kubecontainer.PodStatus) bool {
	if ordering.InUse(pod) {
		return true
	}
	return newestSandbox(podStatus).GetAnnotations()[ordering.PinnedPlanAnnotation] != "" && ordering.Enabled()
}

func newestSandbox(podStatus *kubecontainer.PodStatus) *runtimeapi.PodSandboxStatus {
	if podStatus == nil || len(podStatus.SandboxStatuses) == 0 {
		return nil
	}
	return podStatus.SandboxStatuses[0]
}

func hasReadySandbox(podStatus *kubecontainer.PodStatus) bool {
	sandbox := newestSandbox(podStatus)
	return sandbox != nil && sandbox.State == runtimeapi.PodSandboxState_SANDBOX_READY
}
