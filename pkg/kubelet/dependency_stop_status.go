// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/events"
)

// ShowStop implements kuberuntime.OrderingHelper. The runtime manager calls it while the pod worker waits for the end
// of the stop; upstream does not update the status until then.
func (kl *Kubelet) ShowStop(ctx context.Context, pod *v1.Pod) {
	logger := klog.FromContext(ctx)
	var podStatus *kubecontainer.PodStatus
	runtimePod, err := kl.containerRuntime.GetPod(ctx, pod.UID)
	if err == nil {
		podStatus, err = kl.containerRuntime.GetPodStatus(ctx, runtimePod)
	}
	if err == nil {
		// If the stop has ended meanwhile, the pod worker updates the status again.
		err = ctx.Err()
	}
	if err != nil {
		logger.V(4).Info("Cannot show how far the stop is", "pod", klog.KObj(pod), "podUID", pod.UID, "err", err)
		return
	}
	kl.statusManager.SetPodStatus(logger, pod, kl.generateAPIPodStatus(ctx, pod, podStatus, false))
}

// showStop adds the progress of a stop to the message of the condition ContainersReady, because the status of a running
// container has no field for a reason.
func showStop(message string, s *v1.PodStatus) {
	if _, c := podutil.GetPodCondition(s, v1.ContainersReady); c != nil && message != "" {
		c.Message = joinMessages(c.Message, message)
	}
}

// carryCondition keeps a condition of the old status that the new one lacks.
func carryCondition(old, s *v1.PodStatus, of v1.PodConditionType) {
	if _, shown := podutil.GetPodCondition(s, of); shown != nil {
		return
	}
	if _, before := podutil.GetPodCondition(old, of); before != nil {
		s.Conditions = append(s.Conditions, *before)
	}
}

// showExceededLimits marks the containers that were killed for exceeding their stop limit, so that users can
// distinguish them from containers that crashed with the same exit code.
func showExceededLimits(limits map[string]time.Duration, old, s *v1.PodStatus) {
	for _, lists := range []struct{ old, now []v1.ContainerStatus }{
		{old.InitContainerStatuses, s.InitContainerStatuses},
		{old.ContainerStatuses, s.ContainerStatuses},
	} {
		for i := range lists.now {
			state := &lists.now[i].State
			t := state.Terminated
			if t == nil || t.ExitCode != killedExitCode || t.Reason == events.ExceededStopLimit {
				continue
			}
			if limit, exceeded := limits[t.ContainerID]; exceeded {
				showEnded(state, events.ExceededStopLimit, joinMessages(t.Message, fmt.Sprintf("did not stop within %s", limit)))
				continue
			}
			// An earlier kubelet process may have killed it.
			if before, found := podutil.GetContainerStatus(lists.old, lists.now[i].Name); found {
				if b := before.State.Terminated; b != nil && b.ContainerID == t.ContainerID && b.Reason == events.ExceededStopLimit {
					showEnded(state, b.Reason, b.Message)
				}
			}
		}
	}
}

// showEnded changes how a container has ended. It leaves the old termination as it is: the status manager may own it.
func showEnded(state *v1.ContainerState, reason, message string) {
	ended := *state.Terminated
	ended.Reason, ended.Message = reason, message
	state.Terminated = &ended
}

// killedExitCode is the exit code of a process that SIGKILL ended.
const killedExitCode = 137

func joinMessages(first, second string) string {
	switch {
	case first == "":
		return second
	case second == "":
		return first
	}
	return first + "; " + second
}
