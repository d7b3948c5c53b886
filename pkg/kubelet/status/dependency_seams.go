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

// GenerateContainersReadyCondition passes over the containers of an ordered pod that have done their part. So do the condition
// Ready, and all paths of the kubelet that generate the two conditions again.
//
//upstream:wrap GenerateContainersReadyCondition body=c81c2bdbc6e6676f
func GenerateContainersReadyCondition(
	pod *v1.Pod, oldPodStatus *v1.PodStatus, containerStatuses []v1.ContainerStatus, podPhase v1.PodPhase,
) v1.PodCondition {
	return upstreamGenerateContainersReadyCondition(withoutDone(pod, containerStatuses), oldPodStatus, containerStatuses, podPhase)
}
