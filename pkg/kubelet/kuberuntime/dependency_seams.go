// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/util/flowcontrol"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// SyncPod hands pods that have an order to syncOrderedPod.
//
//upstream:wrap (*kubeGenericRuntimeManager).SyncPod body=827e17d162eab7be
func (m *kubeGenericRuntimeManager) SyncPod(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus, pullSecrets []v1.Secret, backOff *flowcontrol.Backoff, restartAllContainers bool) (result kubecontainer.PodSyncResult) {
	if !m.podHasOrder(pod, podStatus) {
		return m.upstreamSyncPod(ctx, pod, podStatus, pullSecrets, backOff, restartAllContainers)
	}
	return m.syncOrderedPod(ctx, pod, podStatus, pullSecrets, backOff, restartAllContainers)
}

// computePodActions follows the order of the pod, when SyncPod has put one into the context.
//
//upstream:wrap (*kubeGenericRuntimeManager).computePodActions body=94265b2bf154aa6e
func (m *kubeGenericRuntimeManager) computePodActions(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus, restartAllContainers bool) podActions {
	pass := orderPassFrom(ctx)
	if pass == nil {
		return m.upstreamComputePodActions(ctx, pod, podStatus, restartAllContainers)
	}
	if pass.single == nil {
		return m.orderActions(ctx, pass, pod, podStatus, m.upstreamComputePodActions(ctx, pod, podStatus, restartAllContainers))
	}
	if pass.refused = ctx.Err() != nil || m.podStateProvider.IsPodTerminationRequested(pod.UID); pass.refused {
		return podActions{SandboxID: pass.single.SandboxID, Attempt: pass.single.Attempt}
	}
	m.dependencies.hooksRun(pod.UID, pass.single.ContainersToKill)
	return *pass.single
}

// killContainersWithSyncResult stops the containers of a pod that has an order in that order.
//
//upstream:wrap (*kubeGenericRuntimeManager).killContainersWithSyncResult body=d6dde5b38597e2f3
func (m *kubeGenericRuntimeManager) killContainersWithSyncResult(ctx context.Context, pod *v1.Pod, runningPod kubecontainer.Pod, gracePeriodOverride *int64) (syncResults []*kubecontainer.SyncResult) {
	m.awaitProbes(ctx, runningPod.ID, nil)
	kills := m.dependencies.cancelStarts(ctx, runningPod.ID)
	m.dependencies.waitsEnd(runningPod.ID)
	graph := m.stopGraph(ctx, pod, runningPod)
	if graph == nil {
		return m.upstreamKillContainersWithSyncResult(ctx, pod, runningPod, gracePeriodOverride)
	}
	return m.killContainersInOrder(ctx, pod, runningPod, gracePeriodOverride, graph, kills)
}

// newPodAnnotations keeps the order that is in force with the sandbox.
//
//upstream:wrap newPodAnnotations body=5a91a087824702e9
func newPodAnnotations(pod *v1.Pod) map[string]string {
	return withPinnedPlan(pod, upstreamNewPodAnnotations(pod))
}
