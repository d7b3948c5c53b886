// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"slices"
	"sort"

	utilfeature "k8s.io/apiserver/pkg/util/feature"

	"k8s.io/kubernetes/pkg/features"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// withActiveContainers returns the pod's status with the containers of the active sandbox. Under the gate EventedPLEG,
// upstream leaves them out, and the order of the records too, if the runtime itself sends the records with the sandbox:
// those of the newest sandbox. It does not change podStatus, which is shared.
func withActiveContainers(podStatus *kubecontainer.PodStatus) *kubecontainer.PodStatus {
	if len(podStatus.ActiveContainerStatuses) > 0 || len(podStatus.ContainerStatuses) == 0 || !hasReadySandbox(podStatus) ||
		!utilfeature.DefaultFeatureGate.Enabled(features.EventedPLEG) {
		return podStatus
	}
	complete := *podStatus
	complete.ContainerStatuses = slices.Clone(podStatus.ContainerStatuses)
	sort.Stable(containerStatusByCreated(complete.ContainerStatuses))
	// A status does not name its sandbox. If there are several, the time of its creation tells: a sandbox is created
	// after all containers of the sandboxes before it.
	created := newestSandbox(podStatus).CreatedAt
	for _, status := range complete.ContainerStatuses {
		if len(podStatus.SandboxStatuses) == 1 || status.CreatedAt.UnixNano() >= created {
			complete.ActiveContainerStatuses = append(complete.ActiveContainerStatuses, status)
		}
	}
	return &complete
}
