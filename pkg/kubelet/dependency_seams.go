// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/kubelet/cm"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// generateAPIPodStatus adds the effects of the container order to the pod's status.
//
//upstream:wrap (*Kubelet).generateAPIPodStatus body=5ecd0682a696561e
func (kl *Kubelet) generateAPIPodStatus(
	ctx context.Context, pod *v1.Pod, podStatus *kubecontainer.PodStatus, podIsTerminal bool,
) v1.PodStatus {
	order := kl.podOrder(ctx, pod, podStatus)
	if order == nil {
		status := kl.upstreamGenerateAPIPodStatus(ctx, pod, podStatus, podIsTerminal)
		dropInvalid(&status)
		return status
	}
	old, found := kl.statusManager.GetPodStatus(pod.UID)
	if !found {
		old = pod.Status
	}
	stopping := podIsTerminal || kl.podWorkers.IsPodTerminationRequested(pod.UID)
	pod = order.InForce(pod, stopping)
	if !stopping {
		podStatus = order.RunsAgain(podStatus)
	}
	status := kl.upstreamGenerateAPIPodStatus(ctx, pod, podStatus, podIsTerminal)
	if order.Invalid == nil && !stopping {
		dropInvalid(&status)
	}
	showPodOrder(pod, order, &old, &status, stopping, podIsTerminal)
	return status
}

// calculateEffectiveGracePeriod publishes the grace period, so that a stop in progress follows when it is shortened.
//
//upstream:wrap calculateEffectiveGracePeriod body=19c728c8b6520c6b
func calculateEffectiveGracePeriod(status *podSyncStatus, pod *v1.Pod, options *KillPodOptions) (int64, bool) {
	seconds, shortened := upstreamCalculateEffectiveGracePeriod(status, pod, options)
	// Publish even if upstream does not report it as shortened: upstream never does on the first termination, but the
	// pod may already be stopping because it is complete.
	ordering.GracePeriods.Publish(pod.UID, seconds)
	return seconds, shortened
}

// RequestPodRelist spares the relist after a sync if the next sync will not need it.
//
//upstream:wrap (*Kubelet).RequestPodRelist body=085574aa6651bf70
func (kl *Kubelet) RequestPodRelist(logger klog.Logger, podUID types.UID) {
	if orderer, ok := kl.orderer(); ok && orderer.SkipPostSyncRelist(podUID) {
		return
	}
	kl.upstreamRequestPodRelist(logger, podUID)
}

// SyncTerminatingRuntimePod stops a pod whose object is gone in the order and within the grace period pinned to its
// sandbox.
//
//upstream:wrap (*Kubelet).SyncTerminatingRuntimePod body=a3ba0139b9ae317f
func (kl *Kubelet) SyncTerminatingRuntimePod(ctx context.Context, runningPod *kubecontainer.Pod) error {
	seconds, ordered, err := kl.orphanGracePeriod(ctx, runningPod.ID)
	switch {
	case err != nil:
		// The pod worker retries.
		return err
	case ordered:
		return kl.stopOrphan(ctx, runningPod, seconds)
	}
	return kl.upstreamSyncTerminatingRuntimePod(ctx, runningPod)
}

// cleanupOrphanedPodCgroups keeps the cgroups of orphans that stop in order: destroying a cgroup kills all processes in
// it.
//
//upstream:wrap (*Kubelet).cleanupOrphanedPodCgroups body=c1bad7c17b54fe90
func (kl *Kubelet) cleanupOrphanedPodCgroups(
	logger klog.Logger, pcm cm.PodContainerManager, cgroupPods map[types.UID]cm.CgroupName, possiblyRunningPods map[types.UID]sets.Empty,
) {
	cgroupPods = kl.withoutOrderedOrphans(klog.NewContext(context.Background(), logger), cgroupPods, possiblyRunningPods)
	kl.upstreamCleanupOrphanedPodCgroups(logger, pcm, cgroupPods, possiblyRunningPods)
}

// getPhase lets only the Standard containers decide the phase of a pod that has Sidecars. The pod has the container
// types in force.
//
//upstream:wrap getPhase body=75782dc2036d48c4
func getPhase(logger klog.Logger, pod *v1.Pod, info []v1.ContainerStatus, podIsTerminal, podHasInitialized bool) v1.PodPhase {
	standard, sidecars := ordering.WithoutSidecars(pod)
	phase := upstreamGetPhase(logger, standard, info, podIsTerminal, podHasInitialized)
	if !sidecars {
		return phase
	}
	return phaseOfStandardContainers(pod, info, phase)
}
