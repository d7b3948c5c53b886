// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/kuberuntime"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/pkg/kubelet/prober"
)

// What the runtime manager needs of the kubelet for pods that have an order; RequestPodRelist is upstream's.
var _ kuberuntime.OrderingHelper = (*Kubelet)(nil)

// orderer returns the runtime manager's part, and false for a runtime that is not the kubelet's own: upstream's fakes.
func (kl *Kubelet) orderer() (kuberuntime.Orderer, bool) {
	orderer, ok := kl.containerRuntime.(kuberuntime.Orderer)
	return orderer, ok
}

// podOrder returns the order that is in force for the pod and what follows from it, or nil for a pod without one. Users are told
// of a pod that fails.
func (kl *Kubelet) podOrder(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus) *kuberuntime.PodOrder {
	orderer, ok := kl.orderer()
	if !ok {
		return nil
	}
	order := orderer.PodOrder(ctx, pod, podStatus)
	if order != nil && order.Decisions.Failed != "" && !kl.podWorkers.IsPodTerminationRequested(pod.UID) {
		orderer.ReportFailure(ctx, pod, order)
	}
	return order
}

// AwaitProbes implements kuberuntime.OrderingHelper, unless the cluster's admin does not want extra probes.
func (kl *Kubelet) AwaitProbes(ctx context.Context, podUID types.UID, awaited map[string]dependency.Condition) {
	if awaiter, ok := kl.probeManager.(prober.Awaiter); ok && ordering.EagerProbes() {
		awaiter.AwaitProbes(ctx, podUID, awaited)
	}
}

// RequestPodSync implements kuberuntime.OrderingHelper.
func (kl *Kubelet) RequestPodSync(ctx context.Context, podUID types.UID) {
	if pod, known := kl.podManager.GetPodByUID(podUID); known {
		kl.syncPodNow(ctx, pod)
	}
}
