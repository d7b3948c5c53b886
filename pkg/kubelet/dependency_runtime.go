// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/kuberuntime"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/pkg/kubelet/pleg"
	"k8s.io/kubernetes/pkg/kubelet/prober"
)

var _ kuberuntime.OrderingHelper = (*Kubelet)(nil)

// orderer returns the container runtime as an Orderer, and false for upstream's fake runtimes.
func (kl *Kubelet) orderer() (kuberuntime.Orderer, bool) {
	orderer, ok := kl.containerRuntime.(kuberuntime.Orderer)
	return orderer, ok
}

// podOrder returns the order in force for the pod and its decisions, or nil for a pod without an order. It reports the
// failure of a pod to users.
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

// AwaitProbes implements kuberuntime.OrderingHelper. It does nothing if the cluster's admin has disabled extra probes.
func (kl *Kubelet) AwaitProbes(ctx context.Context, podUID types.UID, awaited map[string]dependency.Condition) {
	if awaiter, ok := kl.probeManager.(prober.Awaiter); ok && ordering.EagerProbes() {
		awaiter.AwaitProbes(ctx, podUID, awaited)
	}
}

// RequestPodSync implements kuberuntime.OrderingHelper. The relist causes the sync: one that begins at once would find the older status,
// and would have to read the pod's state a second time.
func (kl *Kubelet) RequestPodSync(ctx context.Context, podUID types.UID) {
	if _, known := kl.podManager.GetPodByUID(podUID); known {
		kl.RequestPodSyncAtRelist(podUID)
		kl.RequestRelist(klog.FromContext(ctx), podUID)
	}
}

// RequestRelist implements kuberuntime.OrderingHelper.
func (kl *Kubelet) RequestRelist(logger klog.Logger, podUID types.UID) {
	kl.pleg.RequestRelist(logger, podUID)
}

// RequestPodSyncAtRelist implements kuberuntime.OrderingHelper.
func (kl *Kubelet) RequestPodSyncAtRelist(podUID types.UID) {
	if requester, ok := kl.pleg.(pleg.SyncRequester); ok {
		requester.RequestSync(podUID)
	}
}
