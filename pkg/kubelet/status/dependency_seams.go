// SPDX-License-Identifier: Apache-2.0

package status

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// hasPodInitialized keeps TerminatePod from reporting containers that never started as exited with code 137. By then
// the kubelet has already reported all others as terminated.
//
//upstream:wrap hasPodInitialized body=1041416352492850
func hasPodInitialized(logger klog.Logger, pod *v1.Pod) bool {
	// The plan of a pod whose annotations have been removed may still be in force.
	ordered := ordering.InUse(pod) || ordering.HasPlan(pod.UID)
	return !ordered && upstreamHasPodInitialized(logger, pod)
}
