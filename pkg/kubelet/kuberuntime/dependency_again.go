// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"time"

	v1 "k8s.io/api/core/v1"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// runsAgain reports whether an exited container runs again because the kubelet ended it in order to run it anew, whatever its
// restart policy says about its exit code: the kubelet kills it for a probe, an image or its resources and starts it again,
// or replaces the sandbox under it. Upstream does both within one sync, in which nobody looks. seen is when the status was read.
func (p *podRecord) runsAgain(pod *v1.Pod, c *v1.Container, status *kubecontainer.Status, active bool, seen time.Time) bool {
	// What the start itself has created is not what it runs again.
	if record := p.container(c.Name); status.CreatedAt.Before(record.attempt.began) {
		if start := record.start; start != nil && start.starts && !start.isCancelled() || seen.Before(record.startEnded) {
			return true
		}
	}
	kill := p.instance(status.ID).kill
	return !active && kill.ended(status.FinishedAt) && kill.why == "" && pod.Spec.RestartPolicy != v1.RestartPolicyNever &&
		(c.RestartPolicy == nil || *c.RestartPolicy != v1.ContainerRestartPolicyNever)
}

// RunsAgain returns the status in which the containers still run that the kubelet has ended in order to run them anew, for what
// is shown of a pod that goes on. A container that has exited for good must not run again, as the API server sees it.
func (o *PodOrder) RunsAgain(podStatus *kubecontainer.PodStatus) *kubecontainer.PodStatus {
	if len(o.again) == 0 || o.Decisions.Complete || o.Decisions.Failed != "" || o.Decisions.Restarting {
		return podStatus
	}
	shown := *podStatus
	shown.ContainerStatuses = make([]*kubecontainer.Status, len(podStatus.ContainerStatuses))
	for i, status := range podStatus.ContainerStatuses {
		shown.ContainerStatuses[i] = stillRuns(status, o.again)
	}
	return &shown
}

// stillRuns returns the status of a container before its end, if it is one of those.
func stillRuns(status *kubecontainer.Status, again map[string]kubecontainer.ContainerID) *kubecontainer.Status {
	if id, found := again[status.Name]; !found || id != status.ID {
		return status
	}
	runs := *status
	runs.State, runs.FinishedAt, runs.ExitCode = kubecontainer.ContainerStateRunning, time.Time{}, 0
	runs.Reason, runs.Message = "", ""
	return &runs
}

// again returns the exited containers that run again only because the kubelet ended them, by name.
func (p *podRecord) again(podStatus *kubecontainer.PodStatus) map[string]kubecontainer.ContainerID {
	var again map[string]kubecontainer.ContainerID
	for _, status := range podStatus.ContainerStatuses {
		i, known := p.instances[status.ID.ID]
		if !known || !i.again || status.State != kubecontainer.ContainerStateExited ||
			podStatus.FindContainerStatusByName(status.Name).ID != status.ID {
			continue
		}
		if again == nil {
			again = map[string]kubecontainer.ContainerID{}
		}
		again[status.Name] = status.ID
	}
	return again
}
