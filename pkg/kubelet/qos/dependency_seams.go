// SPDX-License-Identifier: Apache-2.0

package qos

import (
	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// isSidecarContainer lets the OOM score of a Sidecar be no worse than that of the Standard container with the smallest memory
// request, as upstream does for native sidecars: the Standard containers need it.
//
//upstream:wrap isSidecarContainer body=47a5c7b88a3d4e8f
func isSidecarContainer(pod *v1.Pod, container *v1.Container) bool {
	return upstreamIsSidecarContainer(pod, container) || ordering.PlanOf(pod.UID).TypeOf(container.Name) == dependency.Sidecar
}

// minRegularContainerMemory passes over Sidecars, whose own requests are often the smallest.
//
//upstream:wrap minRegularContainerMemory body=66561f2746b7d504
func minRegularContainerMemory(pod *v1.Pod) int64 {
	standard, _ := ordering.WithoutSidecars(ordering.InForce(ordering.PlanOf(pod.UID), pod))
	return upstreamMinRegularContainerMemory(standard)
}
