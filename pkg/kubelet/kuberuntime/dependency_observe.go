// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"cmp"
	"context"

	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	"k8s.io/kubernetes/pkg/features"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/events"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// observePod translates what the runtime and the probes report about a pod.
func (m *kubeGenericRuntimeManager) observePod(
	ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus, remembered *podRecord,
) dependency.PodObservation {
	// Whether a container has finished for good does not depend on the deletion of its pod.
	living := *pod
	living.DeletionTimestamp = nil
	observed := dependency.PodObservation{
		Containers:  remembered.memo.observation(),
		SandboxLost: sandboxLost(pod, podStatus),
		// The end of a start has requested another sync; irreversible decisions wait for that one.
		Outdated: remembered.endedSince(podStatus.TimeStamp),
	}
	logger, sandbox := klog.FromContext(ctx), activeSandbox(podStatus)
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		observed.Containers[c.Name] = m.observeContainer(logger, &living, c, podStatus, sandbox, remembered)
	}
	for i := range pod.Spec.InitContainers {
		if c := &pod.Spec.InitContainers[i]; podutil.IsRestartableInitContainer(c) {
			observed.Containers[c.Name] = m.observeContainer(logger, &living, c, podStatus, sandbox, remembered)
		}
	}
	remembered.forgetInstances(podStatus)
	return observed
}

func (m *kubeGenericRuntimeManager) observeContainer(
	logger klog.Logger, pod *v1.Pod, c *v1.Container, podStatus *kubecontainer.PodStatus, sandbox string, remembered *podRecord,
) dependency.Observation {
	record := remembered.container(c.Name)
	o := dependency.Observation{Starting: record.start != nil || record.inSync, Attempted: record.attempted != "" && record.attempted == sandbox}
	o.PulledAhead, o.PullError = record.pull.outcome()
	status := podStatus.FindContainerStatusByName(c.Name)
	if status == nil {
		return o
	}
	active := podStatus.FindActiveContainerStatusByName(c.Name)
	o.State, o.Active = dependency.Created, active != nil && active.ID == status.ID
	switch status.State {
	case kubecontainer.ContainerStateRunning:
		o.State, o.Since = dependency.Running, status.StartedAt
		instance := remembered.instance(status.ID)
		passed := m.startupPassed(logger, pod, c, status, remembered)
		o.Started = passed && !o.Starting
		o.Ready = o.Started && m.readinessPassed(c, status.ID)
		instance.seenRunning, instance.started = true, instance.started || o.Started
	case kubecontainer.ContainerStateExited:
		o.State, o.Since, o.ExitCode = dependency.Exited, status.FinishedAt, int32(status.ExitCode)
		o.Restarts = kubecontainer.ShouldContainerBeRestarted(logger, c, pod, podStatus)
		o.RestartsAll = restartsAll(c, o.ExitCode)
		instance := remembered.instance(status.ID)
		instance.again = !o.Restarts && remembered.runsAgain(pod, c, status, o.Active, podStatus.TimeStamp)
		o.Restarts = o.Restarts || instance.again
		o.Started = exitedStarted(c, status, record, instance, o.Restarts)
		instance.learnKill(logger, pod, c.Name)
		o.Stopped = instance.kill.ended(status.FinishedAt)
		instance.stopped = o.Stopped && o.ExitCode == 0 && !o.Restarts
	}
	return o
}

// restartsAll reports whether the exit of the container restarts all containers of its pod.
func restartsAll(c *v1.Container, code int32) bool {
	rule, found := podutil.FindMatchingContainerRestartRule(*c, code)
	return found && rule.Action == v1.ContainerRestartRuleActionRestartAllContainers &&
		utilfeature.DefaultFeatureGate.Enabled(features.RestartAllContainersOnContainerExits)
}

// lastStatus returns the pod's last status of a container of the runtime, or nil if it is about another one.
func lastStatus(logger klog.Logger, pod *v1.Pod, name string, id kubecontainer.ContainerID) *v1.ContainerStatus {
	for _, statuses := range [][]v1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses} {
		if last, found := podutil.GetContainerStatus(statuses, name); found && kubecontainer.ParseContainerID(logger, last.ContainerID) == id {
			return &last
		}
	}
	return nil
}

// learnKill learns of a kill by an earlier kubelet process from the pod's last status. If the status does not tell, the container
// counts as ended by itself: no pod fails, or waits for ever, for what a restarted kubelet has forgotten.
func (i *instanceRecord) learnKill(logger klog.Logger, pod *v1.Pod, name string) {
	if i.kill != nil {
		return
	}
	if last := lastStatus(logger, pod, name, i.id); last != nil && last.State.Terminated != nil &&
		last.State.Terminated.Reason == events.StoppedByKubelet {
		i.kill = &instanceKill{why: cmp.Or(last.State.Terminated.Message, events.StoppedByKubelet)}
	}
}

// exitedStarted reports whether a container was Started before it exited. Of a container without a startup probe and a
// postStart hook, the runtime's status tells. Of any other one, only the process that was there knows. If this process
// was not, and the container will not be restarted, it counts as Started: otherwise a restart of the kubelet would make
// its dependents unreachable.
func exitedStarted(
	c *v1.Container, status *kubecontainer.Status, record *containerRecord, instance *instanceRecord, restarts bool,
) bool {
	switch {
	case instance.started:
		return true
	case status.StartedAt.UnixNano() <= 0:
		// Its process could not be started.
		return false
	case c.StartupProbe == nil && (!hasPostStart(c) || record.outcome == startDone):
		return true
	}
	wasThere := instance.seenRunning || record.outcome != startUnknown
	return !wasThere && !restarts
}

// readinessPassed reports whether a container is ready. It needs a probe by this process: the container may have become
// unready while no kubelet was running.
func (m *kubeGenericRuntimeManager) readinessPassed(c *v1.Container, id kubecontainer.ContainerID) bool {
	if c.ReadinessProbe == nil {
		return true
	}
	result, found := m.readinessManager.Get(id)
	return found && result == proberesults.Success
}

// sandboxLost reports whether the pod has no ready sandbox and upstream will not create another: under restart policy
// Never, once the pod has had a container.
func sandboxLost(pod *v1.Pod, podStatus *kubecontainer.PodStatus) bool {
	return pod.Spec.RestartPolicy == v1.RestartPolicyNever &&
		newestSandbox(podStatus) != nil && !hasReadySandbox(podStatus) && len(podStatus.ContainerStatuses) > 0
}

func hasPostStart(c *v1.Container) bool { return c.Lifecycle != nil && c.Lifecycle.PostStart != nil }
