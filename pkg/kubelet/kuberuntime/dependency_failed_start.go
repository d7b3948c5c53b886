// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"slices"

	v1 "k8s.io/api/core/v1"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// restartFailedStarts adds the regular containers that run although their start has failed, before or in their postStart hook:
// the runtime was down when it was to answer, or could not kill the container after its hook had failed. Upstream lets such a
// container run on. To an order it would never be Started, so it is killed and started again.
func (p *wholePass) restartFailedStarts(actions *podActions) {
	if actions.KillPod || actions.CreateSandbox {
		return
	}
	p.records.with(p.pod.UID, func(record *podRecord) {
		for i := range p.pod.Spec.Containers {
			c := &p.pod.Spec.Containers[i]
			last := record.container(c.Name)
			status := p.order.status.FindContainerStatusByName(c.Name)
			if status == nil || status.State != kubecontainer.ContainerStateRunning || !last.failedButRuns(c) || slices.Contains(p.skip, c.Name) {
				continue
			}
			if actions.ContainersToKill == nil {
				actions.ContainersToKill = map[kubecontainer.ContainerID]containerToKillInfo{}
			}
			if _, found := actions.ContainersToKill[status.ID]; found {
				continue
			}
			actions.ContainersToKill[status.ID] = containerToKillInfo{container: c, name: c.Name,
				message: "Container failed to start, will be restarted", reason: reasonFailedPostStartHook}
			actions.ContainersToStart = append(actions.ContainersToStart, i)
		}
	})
}

// failedButRuns reports whether a container that runs is one whose last start has failed without its postStart hook.
func (c *containerRecord) failedButRuns(spec *v1.Container) bool {
	return c.start == nil && c.outcome == startFailed && hasPostStart(spec)
}
