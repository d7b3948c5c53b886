// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"
	"fmt"
	"maps"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/kubelet/cm"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/events"
)

// orphanGracePeriod returns the grace period pinned to the sandbox of a running pod, and whether there is one.
func (kl *Kubelet) orphanGracePeriod(ctx context.Context, podUID types.UID) (seconds int64, ordered bool, err error) {
	if orderer, ok := kl.orderer(); ok {
		return orderer.OrphanGracePeriod(ctx, podUID)
	}
	return 0, false, nil
}

// stopOrphan stops a pod whose object is gone. The pod worker retries on error.
//
// The pod passed on is made up from the running containers. As deletion timestamp it has the deadline of the stop.
func (kl *Kubelet) stopOrphan(ctx context.Context, runningPod *kubecontainer.Pod, seconds int64) error {
	logger, pod := klog.FromContext(ctx), runningPod.ToAPIPod()
	deadline := metav1.NewTime(kl.orphanDeadline(logger, runningPod, time.Duration(seconds)*time.Second))
	pod.DeletionTimestamp = &deadline
	logger.V(2).Info("Stopping orphaned pod in the order that is kept with its sandbox", "pod", klog.KObj(pod), "podUID", pod.UID,
		"gracePeriod", seconds, "deadline", deadline)
	// As in upstream, a stop outlives the context of the pod worker.
	if err := kl.killPod(context.WithoutCancel(ctx), pod, *runningPod, &seconds); err != nil {
		kl.recorder.WithLogger(logger).Eventf(pod, v1.EventTypeWarning, events.FailedToKillPod, "error killing pod: %v", err)
		return fmt.Errorf("stopping orphaned pod %q: %w", klog.KObj(pod), err)
	}
	return nil
}

// withoutOrderedOrphans returns the cgroups without those of running orphans that have, or may have, an order.
func (kl *Kubelet) withoutOrderedOrphans(
	ctx context.Context, cgroupPods map[types.UID]cm.CgroupName, possiblyRunningPods map[types.UID]sets.Empty,
) map[types.UID]cm.CgroupName {
	if orderer, ok := kl.orderer(); ok {
		orderer.ForgetGonePods()
	}
	left := maps.Clone(cgroupPods)
	maps.DeleteFunc(left, func(uid types.UID, _ cm.CgroupName) bool {
		if _, known := possiblyRunningPods[uid]; known {
			return false
		}
		_, ordered, err := kl.orphanGracePeriod(ctx, uid)
		if err != nil {
			klog.FromContext(ctx).V(2).Info("Cannot tell whether an orphaned pod has an order, leaving its cgroup for now", "podUID", uid,
				"err", err)
		}
		return ordered || err != nil
	})
	return left
}
