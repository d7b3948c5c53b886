// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"maps"
	"time"

	v1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/dependencies"
)

// PodOrder is the order that is in force for a pod, and what follows from it now.
type PodOrder struct {
	// Pod is the pod as it says what is in force, whatever its annotations have become since its sandbox was created.
	Pod *v1.Pod
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
}

// PodOrder returns the order that is in force for the pod, or nil for a pod that has nothing to do with ordering.
//
// A sandbox keeps the plan that was in force when it was created, also that there was none. The pod itself is asked
// when it has no usable sandbox: for the one that is to be created.
func (m *kubeGenericRuntimeManager) PodOrder(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus) *PodOrder {
	order := m.podOrder(ctx, pod, podStatus)
	if order != nil {
		order.Stop, order.ExceededLimits = m.dependencies.stopProgress(pod.UID)
	}
	return order
}

func (m *kubeGenericRuntimeManager) podOrder(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus) *PodOrder {
	if !m.podHasOrder(pod, podStatus) {
		return nil
	}
	pinned := pinnedGraph(ctx, pod, newestSandbox(podStatus))
	if pinned != nil {
		order := m.newPodOrder(ctx, pod, podStatus, pinned)
		if hasReadySandbox(podStatus) || order.Decisions.Complete || order.Decisions.Failed != "" {
			return order
		}
	} else if hasReadySandbox(podStatus) {
		return &PodOrder{Pod: dependencies.Apply(nil, pod)}
	}
	graph, err := dependencies.ForPod(pod)
	if err != nil {
		return &PodOrder{Pod: pod, Invalid: err}
	}
	return m.newPodOrder(ctx, pod, podStatus, graph)
}

func (m *kubeGenericRuntimeManager) newPodOrder(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus, graph *dependency.Graph) *PodOrder {
	if graph == nil {
		return &PodOrder{Pod: dependencies.Apply(nil, pod)}
	}
	order := &PodOrder{
		Pod:       dependencies.Apply(graph.Plan(), pod),
		Graph:     graph,
		Decisions: graph.Decide(m.observePod(ctx, pod, podStatus)),
	}
	if m.dependencies.startedSince(pod.UID, podStatus.TimeStamp) {
		// A container may run again that this status shows as exited. The end of its start has asked for another sync,
		// and what cannot be taken back waits for that.
		order.Decisions.Complete, order.Decisions.Failed = false, ""
	}
	return order
}

func (m *kubeGenericRuntimeManager) podHasOrder(pod *v1.Pod, podStatus *kubecontainer.PodStatus) bool {
	if dependencies.InUse(pod) {
		return true
	}
	sandbox := newestSandbox(podStatus)
	return sandbox != nil && sandbox.Annotations[dependencies.PinnedPlanAnnotation] != "" && dependencies.Enabled()
}

// pinnedGraph returns the graph that was pinned with the sandbox, or nil.
func pinnedGraph(ctx context.Context, pod *v1.Pod, sandbox *runtimeapi.PodSandboxStatus) *dependency.Graph {
	text := sandbox.GetAnnotations()[dependencies.PinnedPlanAnnotation]
	if text == "" {
		return nil
	}
	plan, err := dependency.ParsePlan(text, pod.UID)
	if err != nil {
		klog.FromContext(ctx).Error(err, "Ignoring the container order that is kept with the sandbox", "pod", klog.KObj(pod), "podSandboxID", sandbox.Id)
		return nil
	}
	graph, err := dependency.New(plan)
	if err != nil {
		klog.FromContext(ctx).Error(err, "Ignoring the container order that is kept with the sandbox", "pod", klog.KObj(pod), "podSandboxID", sandbox.Id)
		return nil
	}
	return graph
}

// withPinnedPlan adds the plan that is in force to the annotations of a sandbox that is about to be created.
func withPinnedPlan(pod *v1.Pod, annotations map[string]string) map[string]string {
	if !dependencies.InUse(pod) {
		return annotations
	}
	graph, err := dependencies.ForPod(pod)
	if err != nil {
		return annotations
	}
	text, err := graph.Plan().Encode()
	if err != nil {
		return annotations
	}
	// The map is the pod's own, and nil when the order is in fields and there is no annotation.
	pinned := map[string]string{}
	maps.Copy(pinned, annotations)
	pinned[dependencies.PinnedPlanAnnotation] = text
	return pinned
}

func newestSandbox(podStatus *kubecontainer.PodStatus) *runtimeapi.PodSandboxStatus {
	if podStatus == nil || len(podStatus.SandboxStatuses) == 0 {
		return nil
	}
	return podStatus.SandboxStatuses[0]
}

func hasReadySandbox(podStatus *kubecontainer.PodStatus) bool {
	return newestSandbox(podStatus).GetState() == runtimeapi.PodSandboxState_SANDBOX_READY && newestSandbox(podStatus) != nil
}
