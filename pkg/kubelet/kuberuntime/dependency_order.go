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

// PodOrder is the order in force for a pod, and the decisions that follow from it and from one status of the pod. It is
// made once per status, handed down to everything that acts on it, and never changed.
type PodOrder struct {
	// Graph is nil if the pod is held, or if its sandbox was created without an order.
	Graph *dependency.Graph
	// Invalid is the reason why the pod is held.
	Invalid error
	// Decisions are the decisions of the Graph.
	Decisions dependency.Decisions
	// Stop describes the progress of a stop of the pod: which containers are stopping, and which wait for others.
	Stop string
	// ExceededLimits are the stop limits that containers exceeded and were killed for by this process, by container ID.
	ExceededLimits map[string]time.Duration
	// StoppedAlone is why the kubelet ended containers that exited with code 0 and are not restarted, so that they have not
	// Succeeded, by container ID. It does not have those that ended because their pod stops.
	StoppedAlone map[string]string

	// again are the exited containers that run again only because the kubelet ended them, by name.
	again map[string]kubecontainer.ContainerID
	// kept is the source of the Graph.
	kept keptGraph
	// status is the status that the decisions follow from.
	status *kubecontainer.PodStatus
}

// InForce returns the pod with the container types in force, whatever its spec and annotations say now. While all containers
// restart, unless the pod is stopping, all are Standard: the pod lives on because of any of them.
func (o *PodOrder) InForce(pod *v1.Pod, stopping bool) *v1.Pod {
	var invalid *dependency.InvalidError
	switch {
	case o.Decisions.Restarting && !stopping:
		return ordering.InForce(nil, pod)
	case o.Graph != nil:
		return ordering.InForce(o.Graph.Plan(), pod)
	case errors.As(o.Invalid, &invalid):
		return ordering.InForce(invalid.Plan, pod)
	default:
		return ordering.InForce(nil, pod)
	}
}

// PodOrder returns the order in force for the pod, or nil for a pod that does not use ordering.
//
// A sandbox keeps the plan that was in force when it was created, even if there was none. Without a usable sandbox, the
// order comes from the pod itself, for the next sandbox.
func (m *kubeGenericRuntimeManager) PodOrder(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus) *PodOrder {
	if !m.podHasOrder(pod, podStatus) {
		m.records.noteDone(pod.UID, nil)
		return nil
	}
	order := m.orderInForce(ctx, pod, podStatus)
	m.records.noteDone(pod.UID, order)
	m.records.showStop(pod.UID, order)
	return order
}

func (m *kubeGenericRuntimeManager) orderInForce(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus) *PodOrder {
	podStatus = withActiveContainers(podStatus)
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

// orderOfNextSandbox returns the order of a sandbox that is created for the pod now.
func (m *kubeGenericRuntimeManager) orderOfNextSandbox(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus) *PodOrder {
	return m.decide(ctx, pod, podStatus, m.ownGraph(pod))
}

// decideAgain decides again on the same status of the pod, after the records have changed.
func (m *kubeGenericRuntimeManager) decideAgain(ctx context.Context, pod *v1.Pod, order *PodOrder) *PodOrder {
	return m.decide(ctx, pod, order.status, order.kept)
}

// observeAgain reads the pod's status again and decides on it with the same graph.
func (m *kubeGenericRuntimeManager) observeAgain(ctx context.Context, pod *v1.Pod, order *PodOrder) (*PodOrder, error) {
	fresh, err := m.freshPodStatus(ctx, pod, order.status)
	if err != nil {
		return nil, err
	}
	return m.decide(ctx, pod, fresh, order.kept), nil
}

// decide observes the pod and returns the decisions of the graph. It reuses the last decisions while the observation
// stays the same.
func (m *kubeGenericRuntimeManager) decide(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus, kept keptGraph) *PodOrder {
	order := &PodOrder{Graph: kept.graph, Invalid: kept.invalid, kept: kept, status: podStatus}
	if order.Graph == nil {
		return order
	}
	var observed dependency.PodObservation
	var known bool
	m.records.with(pod.UID, func(p *podRecord) {
		observed = m.observePod(ctx, pod, podStatus, p)
		order.again = p.again(podStatus)
		order.Decisions, known = p.memo.decisionsOn(order.Graph, observed)
	})
	if !known {
		// Not under the lock, which would block all other pods.
		order.Decisions = order.Graph.Decide(observed)
		m.records.with(pod.UID, func(p *podRecord) { p.memo.keep(decided{order.Graph, observed, order.Decisions}) })
	}
	return order
}

// podHasOrder reports whether the pod or its newest sandbox specifies an order of containers.
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

// activeSandbox returns the ID of the sandbox in which containers start, or "" if there is none.
func activeSandbox(podStatus *kubecontainer.PodStatus) string {
	if !hasReadySandbox(podStatus) {
		return ""
	}
	return newestSandbox(podStatus).Id
}

func hasReadySandbox(podStatus *kubecontainer.PodStatus) bool {
	sandbox := newestSandbox(podStatus)
	return sandbox != nil && sandbox.State == runtimeapi.PodSandboxState_SANDBOX_READY
}
