// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"

	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/dependencies"
)

// generateAPIPodStatus shows what the order of the pod's containers makes of its status.
//
//upstream:wrap (*Kubelet).generateAPIPodStatus body=5ecd0682a696561e
func (kl *Kubelet) generateAPIPodStatus(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus, podIsTerminal bool) v1.PodStatus {
	order := kl.podOrder(ctx, pod, podStatus)
	if order == nil {
		return kl.upstreamGenerateAPIPodStatus(ctx, pod, podStatus, podIsTerminal)
	}
	old, found := kl.statusManager.GetPodStatus(pod.UID)
	if !found {
		old = pod.Status
	}
	status := kl.upstreamGenerateAPIPodStatus(ctx, order.Pod, podStatus, podIsTerminal)
	stopping := podIsTerminal || kl.podWorkers.IsPodTerminationRequested(pod.UID)
	showPodOrder(order, &old, &status, stopping, podIsTerminal)
	return status
}

// getPhase lets the Standard containers alone decide the phase of a pod that has Sidecars.
//
//upstream:wrap getPhase body=75782dc2036d48c4
func getPhase(logger klog.Logger, pod *v1.Pod, info []v1.ContainerStatus, podIsTerminal, podHasInitialized bool) v1.PodPhase {
	if !dependencies.InUse(pod) {
		return upstreamGetPhase(logger, pod, info, podIsTerminal, podHasInitialized)
	}
	return phaseOfStandardContainers(pod, info, upstreamGetPhase(logger, withoutSidecars(pod), info, podIsTerminal, podHasInitialized))
}
