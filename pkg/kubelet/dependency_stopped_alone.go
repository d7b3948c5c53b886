// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"cmp"

	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/kubelet/events"
)

// showStoppedAlone marks the containers that the kubelet has ended for a failed hook or probe, say, so that users can distinguish
// them from containers that did their work: both exited with code 0. The next kubelet process reads there that they have not
// Succeeded.
func showStoppedAlone(stopped map[string]string, s *v1.PodStatus) {
	for _, statuses := range [][]v1.ContainerStatus{s.InitContainerStatuses, s.ContainerStatuses} {
		for i := range statuses {
			t := statuses[i].State.Terminated
			if t == nil || t.ExitCode != 0 {
				continue
			}
			if why, found := stopped[t.ContainerID]; found {
				showEnded(&statuses[i].State, events.StoppedByKubelet, cmp.Or(t.Message, why))
			}
		}
	}
}
