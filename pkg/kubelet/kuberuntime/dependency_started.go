// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	v1 "k8s.io/api/core/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// startupPassed reports whether a running container has completed its postStart hook and passed its startup probe.
func (m *kubeGenericRuntimeManager) startupPassed(
	logger klog.Logger, pod *v1.Pod, c *v1.Container, status *kubecontainer.Status, remembered *podRecord,
) bool {
	instance, record := remembered.instance(status.ID), remembered.container(c.Name)
	if !instance.seenRunning {
		instance.learnStarted(lastStatus(logger, pod, c.Name, instance.id), status.CreatedAt.Before(remembered.began))
	}
	result, found := m.startupManager.Get(instance.id)
	instance.probePassed = instance.probePassed || c.StartupProbe == nil || found && result == proberesults.Success
	// If the hook failed, and so did the kill that follows a failed hook, the container runs on.
	return instance.probePassed && (record.outcome != startFailed || !hasPostStart(c))
}

// learnStarted learns from the pod's last status, when this process sees the container run for the first time, whether it had Started
// before: it may have no result of the startup probe in this process
// (https://github.com/kubernetes/kubernetes/issues/137146). A later status says nothing: upstream shows a container that has yet to
// pass its probe as Started, if it has no worker for the probe yet (https://github.com/kubernetes/kubernetes/issues/142305), or if the
// container before it was (https://github.com/kubernetes/kubernetes/issues/141155). Of a static pod there is no last status, so that
// nothing is known of a container that is older than what this process knows of the pod.
func (i *instanceRecord) learnStarted(last *v1.ContainerStatus, older bool) {
	i.probePassed = last != nil && last.Started != nil && *last.Started
	i.probeUnknown = last == nil && older
}

// isStartupPending is the function behind ordering.StartupPending.
func (r *podRecords) isStartupPending(podUID kubetypes.UID, name, containerID string) (pending bool) {
	r.ifKnown(podUID, func(p *podRecord) {
		i, known := p.instances[containerID]
		pending = known && p.startupPending(name, i)
	})
	return pending
}

// startupPending reports whether a running container has yet to pass its startup probe. If nobody knows whether it has, it is pending
// only if others wait for it: to probe it again costs its readiness for a moment, and its life if the probe fails by now.
func (p *podRecord) startupPending(name string, i *instanceRecord) bool {
	return i.seenRunning && !i.probePassed && (!i.probeUnknown || p.memo.awaits(name))
}
