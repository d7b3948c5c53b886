// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	v1 "k8s.io/api/core/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"

	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// startupPassed reports whether a running container has completed its postStart hook and passed its startup probe.
func (m *kubeGenericRuntimeManager) startupPassed(
	logger klog.Logger, pod *v1.Pod, c *v1.Container, instance *instanceRecord, record *containerRecord,
) bool {
	if !instance.seenRunning {
		instance.learnStarted(logger, pod, c.Name)
	}
	result, found := m.startupManager.Get(instance.id)
	passed := c.StartupProbe == nil || instance.started || instance.wasStarted || found && result == proberesults.Success
	instance.startupPending = !passed
	// If the hook failed, and so did the kill that follows a failed hook, the container runs on.
	return passed && (record.outcome != startFailed || !hasPostStart(c))
}

// learnStarted learns from the pod's last status, when this process sees the container run for the first time, whether it had Started
// before: it may have no result of the startup probe in this process
// (https://github.com/kubernetes/kubernetes/issues/137146). A later status says nothing: upstream shows a container that has yet to
// pass its probe as Started, if it has no worker for the probe yet (https://github.com/kubernetes/kubernetes/issues/142305), or if the
// container before it was (https://github.com/kubernetes/kubernetes/issues/141155).
func (i *instanceRecord) learnStarted(logger klog.Logger, pod *v1.Pod, name string) {
	last := lastStatus(logger, pod, name, i.id)
	i.wasStarted = last != nil && last.Started != nil && *last.Started
}

// isStartupPending is the function behind ordering.StartupPending.
func (r *podRecords) isStartupPending(podUID kubetypes.UID, containerID string) (pending bool) {
	r.ifKnown(podUID, func(p *podRecord) {
		i, known := p.instances[containerID]
		pending = known && i.startupPending
	})
	return pending
}
