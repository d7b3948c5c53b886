// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"

	v1 "k8s.io/api/core/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// OrderingHelper is what the runtime manager needs from the kubelet for pods that have an order, in addition to
// upstream's RuntimeHelper. The kubelet's RuntimeHelper implements it; upstream's fakes do not, and noHelp stands in.
type OrderingHelper interface {
	// RequestPodSync requests a sync of the pod with a status that is read from now on, because a container start or an image
	// pull that outlived its sync has ended.
	RequestPodSync(ctx context.Context, podUID kubetypes.UID)
	// RequestPodSyncAtRelist requests a sync of the pod with the status that the next relist, of the pod or of the node, will read.
	// The kubelet must know the pod.
	RequestPodSyncAtRelist(podUID kubetypes.UID)
	// RequestRelist requests a relist of the pod, because one of its containers has exited, say. Unlike upstream's RequestPodRelist it
	// always does.
	RequestRelist(logger klog.Logger, podUID kubetypes.UID)
	// AwaitProbes sets which probes of the pod other containers wait for, and replaces the previous set.
	AwaitProbes(ctx context.Context, podUID kubetypes.UID, awaited map[string]dependency.Condition)
	// ShowStop updates the pod's status with the progress of its stop.
	ShowStop(ctx context.Context, pod *v1.Pod)
}

// Orderer is what the kubelet needs from the runtime manager for pods that have an order, in addition to upstream's
// Runtime.
type Orderer interface {
	// PodOrder returns the order in force for the pod and its decisions, or nil for a pod without an order.
	PodOrder(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus) *PodOrder
	// ReportFailure emits an event, once, for each container of a failed pod that can never start.
	ReportFailure(ctx context.Context, pod *v1.Pod, order *PodOrder)
	// OrphanGracePeriod returns the grace period in seconds that is pinned to the sandbox of a running pod. ordered is
	// false if the pod has no order or does not run. If err is non-nil, it is unknown whether the pod has an order.
	OrphanGracePeriod(ctx context.Context, podUID kubetypes.UID) (seconds int64, ordered bool, err error)
	// SkipPostSyncRelist reports, once for each sync, whether the pod needs no relist because of it.
	SkipPostSyncRelist(podUID kubetypes.UID) bool
	// ForgetGonePods drops the records of pods that are gone.
	ForgetGonePods()
}

var _ Orderer = (*kubeGenericRuntimeManager)(nil)

// noHelp is the OrderingHelper of a runtime manager that is not part of a kubelet.
type noHelp struct{}

var _ OrderingHelper = noHelp{}

func (noHelp) RequestPodSync(context.Context, kubetypes.UID)                               {}
func (noHelp) RequestPodSyncAtRelist(kubetypes.UID)                                        {}
func (noHelp) RequestRelist(klog.Logger, kubetypes.UID)                                    {}
func (noHelp) AwaitProbes(context.Context, kubetypes.UID, map[string]dependency.Condition) {}
func (noHelp) ShowStop(context.Context, *v1.Pod)                                           {}

// helper returns the kubelet's OrderingHelper, or noHelp.
func (m *kubeGenericRuntimeManager) helper() OrderingHelper {
	if helper, ok := m.runtimeHelper.(OrderingHelper); ok {
		return helper
	}
	return noHelp{}
}
