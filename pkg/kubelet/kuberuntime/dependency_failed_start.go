// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"fmt"
	"slices"

	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"

	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/features"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// restartFailedStarts adds the containers that run although their start has failed, before or in their postStart hook: the
// runtime was down when it was to answer, or could not kill the container after its hook had failed. Upstream lets such a
// container run on. To an order it would never be Started, so it is killed, as after any failed hook, and started again if its
// restart policy allows that.
func (p *wholePass) restartFailedStarts(actions *podActions) {
	if actions.KillPod || actions.CreateSandbox {
		return
	}
	p.records.with(p.pod.UID, func(record *podRecord) {
		for i := range p.pod.Spec.Containers {
			c := &p.pod.Spec.Containers[i]
			if p.killFailedStart(record, c, actions) && restartsOnFailure(p.pod, c) {
				actions.ContainersToStart = append(actions.ContainersToStart, i)
			}
		}
		for i := range p.pod.Spec.InitContainers {
			c := &p.pod.Spec.InitContainers[i]
			if podutil.IsRestartableInitContainer(c) && p.killFailedStart(record, c, actions) {
				actions.InitContainersToStart = append(actions.InitContainersToStart, i)
			}
		}
	})
}

// killFailedStart adds the kill of the container if it runs although its start has failed, and reports whether it did.
func (p *wholePass) killFailedStart(record *podRecord, c *v1.Container, actions *podActions) bool {
	status := p.order.status.FindActiveContainerStatusByName(c.Name)
	if status == nil || status.State != kubecontainer.ContainerStateRunning || !record.container(c.Name).failedButRuns(c) ||
		slices.Contains(p.skip, c.Name) {
		return false
	}
	if _, found := actions.ContainersToKill[status.ID]; found {
		return false
	}
	if actions.ContainersToKill == nil {
		actions.ContainersToKill = map[kubecontainer.ContainerID]containerToKillInfo{}
	}
	actions.ContainersToKill[status.ID] = containerToKillInfo{container: c, name: c.Name,
		message: fmt.Sprintf("Container %s failed to start", c.Name), reason: reasonFailedPostStartHook}
	return true
}

// restartsOnFailure reports whether the kubelet starts a regular container again that it has killed.
func restartsOnFailure(pod *v1.Pod, c *v1.Container) bool {
	if c.RestartPolicy != nil && utilfeature.DefaultFeatureGate.Enabled(features.ContainerRestartRules) {
		return *c.RestartPolicy != v1.ContainerRestartPolicyNever
	}
	return pod.Spec.RestartPolicy != v1.RestartPolicyNever
}

// noteStarts records the end of the starts of init containers, which upstream starts in the sync.
func (p *wholePass) noteStarts(result kubecontainer.PodSyncResult) {
	p.records.with(p.pod.UID, func(record *podRecord) {
		for _, c := range record.containers {
			c.inSync = false
		}
		for _, r := range result.SyncResults {
			if name, ok := r.Target.(string); ok && r.Action == kubecontainer.StartContainer && r.Error != nil && record.knows(name) {
				record.container(name).outcome = startFailed
			}
		}
	})
}

// failedButRuns reports whether a container that runs is one whose last start has failed without its postStart hook.
func (c *containerRecord) failedButRuns(spec *v1.Container) bool {
	return c.start == nil && c.outcome == startFailed && hasPostStart(spec)
}
