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

// OrderingHelper is all that the runtime manager needs of the kubelet for pods that have an order, beside upstream's
// RuntimeHelper. The kubelet's RuntimeHelper implements it; upstream's fakes do not, and then nothing is asked for.
type OrderingHelper interface {
	// RequestPodSync makes the kubelet sync the pod soon: a container start that outlived its sync has ended.
	RequestPodSync(ctx context.Context, podUID kubetypes.UID)
	// RequestPodRelist makes the kubelet read the pod's status soon: one of its containers has exited.
	RequestPodRelist(logger klog.Logger, podUID kubetypes.UID)
	// AwaitProbes says which probes of the pod others wait for, which replaces what has been said before.
	AwaitProbes(ctx context.Context, podUID kubetypes.UID, awaited map[string]dependency.Condition)
	// ShowStop shows in the pod's status how far its stop is.
	ShowStop(ctx context.Context, pod *v1.Pod)
}

// Orderer is all that the kubelet needs of the runtime manager for pods that have an order, beside upstream's Runtime.
type Orderer interface {
	// PodOrder returns the order that is in force for the pod and what follows from it, or nil for a pod without one.
	PodOrder(ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus) *PodOrder
	// ReportFailure tells users, once, which containers of a pod that fails can never start.
	ReportFailure(ctx context.Context, pod *v1.Pod, order *PodOrder)
	// OrphanGracePeriod returns the grace period in seconds that is kept with the sandbox of a pod whose containers run, and
	// false when the pod has no order or does not run. With an error it is not known whether it has one.
	OrphanGracePeriod(ctx context.Context, podUID kubetypes.UID) (seconds int64, ordered bool, err error)
	// ForgetGonePods forgets what is remembered of pods that are gone.
	ForgetGonePods()
}

var _ Orderer = (*kubeGenericRuntimeManager)(nil)

// noHelp is the helper of a runtime manager that is not part of a kubelet.
type noHelp struct{}

var _ OrderingHelper = noHelp{}

func (noHelp) RequestPodSync(context.Context, kubetypes.UID)                               {}
func (noHelp) RequestPodRelist(klog.Logger, kubetypes.UID)                                 {}
func (noHelp) AwaitProbes(context.Context, kubetypes.UID, map[string]dependency.Condition) {}
func (noHelp) ShowStop(context.Context, *v1.Pod)                                           {}

// helper returns the kubelet's part.
func (m *kubeGenericRuntimeManager) helper() OrderingHelper {
	if helper, ok := m.runtimeHelper.(OrderingHelper); ok {
		return helper
	}
	return noHelp{}
}
