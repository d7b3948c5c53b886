// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/util/flowcontrol"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// SyncPod syncs pods that have an order with syncOrderedPod.
//
//upstream:wrap (*kubeGenericRuntimeManager).SyncPod body=827e17d162eab7be
func (m *kubeGenericRuntimeManager) SyncPod(
	ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus, pullSecrets []v1.Secret, backOff *flowcontrol.Backoff,
	restartAllContainers bool,
) (result kubecontainer.PodSyncResult) {
	if !m.podHasOrder(pod, podStatus) {
		return m.upstreamSyncPod(ctx, pod, podStatus, pullSecrets, backOff, restartAllContainers)
	}
	return m.syncOrderedPod(ctx, pod, podStatus, pullSecrets, backOff, restartAllContainers)
}

// computePodActions lets the pass in the context, if any, decide.
//
//upstream:wrap (*kubeGenericRuntimeManager).computePodActions body=94265b2bf154aa6e
func (m *kubeGenericRuntimeManager) computePodActions(
	ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus, restartAllContainers bool,
) podActions {
	pass := passFrom(ctx)
	if pass == nil {
		return m.upstreamComputePodActions(ctx, pod, podStatus, restartAllContainers)
	}
	return pass.actions(ctx, func() podActions {
		return m.upstreamComputePodActions(ctx, pod, podStatus, restartAllContainers)
	})
}

// killContainersWithSyncResult stops the containers of a pod that has an order in that order.
//
//upstream:wrap (*kubeGenericRuntimeManager).killContainersWithSyncResult body=d6dde5b38597e2f3
func (m *kubeGenericRuntimeManager) killContainersWithSyncResult(
	ctx context.Context, pod *v1.Pod, runningPod kubecontainer.Pod, gracePeriodOverride *int64,
) (syncResults []*kubecontainer.SyncResult) {
	if stop := m.beginOrderedStop(ctx, pod, runningPod, gracePeriodOverride); stop != nil {
		return stop.end(stop.run(ctx))
	}
	return m.upstreamKillContainersWithSyncResult(ctx, pod, runningPod, gracePeriodOverride)
}

// generatePodSandboxConfig pins the order in force to the sandbox.
//
//upstream:wrap (*kubeGenericRuntimeManager).generatePodSandboxConfig body=b97d4606aa9663e0
func (m *kubeGenericRuntimeManager) generatePodSandboxConfig(
	ctx context.Context, pod *v1.Pod, attempt uint32,
) (*runtimeapi.PodSandboxConfig, error) {
	config, err := m.upstreamGeneratePodSandboxConfig(ctx, pod, attempt)
	if err == nil {
		pinPlan(ctx, config)
	}
	return config, err
}

// getImageVolumes pulls the images of a pod that has an order once in each sync.
//
//upstream:wrap (*kubeGenericRuntimeManager).getImageVolumes body=f945bd7bf9ad13e9
func (m *kubeGenericRuntimeManager) getImageVolumes(
	ctx context.Context, pod *v1.Pod, podSandboxConfig *runtimeapi.PodSandboxConfig, pullSecrets []v1.Secret,
) (imageVolumePulls, error) {
	pull := func() (imageVolumePulls, error) {
		return m.upstreamGetImageVolumes(ctx, pod, podSandboxConfig, pullSecrets)
	}
	if pass := passFrom(ctx); pass != nil {
		return pass.imageVolumes(ctx, pull)
	}
	return pull()
}
