// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/dependencies"
	"k8s.io/kubernetes/pkg/kubelet/metrics"
)

// stopGraph returns the order that is in force for a pod that is to be stopped, or nil. The sandbox is asked, because
// it is all that the kubelet has of a pod whose object is gone.
func (m *kubeGenericRuntimeManager) stopGraph(ctx context.Context, pod *v1.Pod, runningPod kubecontainer.Pod) *dependency.Graph {
	if !dependencies.Enabled() {
		return nil
	}
	// Without the sandbox's annotations the pod is the next best witness.
	var fromPod *dependency.Graph
	if pod != nil && dependencies.InUse(pod) {
		fromPod, _ = dependency.ForPod(pod)
	}
	if len(runningPod.Sandboxes) == 0 {
		return fromPod
	}
	resp, err := m.runtimeService.PodSandboxStatus(ctx, runningPod.Sandboxes[0].ID.ID, false)
	if err != nil {
		klog.FromContext(ctx).V(2).Info("Cannot read the container order that is kept with the sandbox", "podUID", runningPod.ID, "err", err)
		return fromPod
	}
	return pinnedGraph(ctx, &v1.Pod{ObjectMeta: runningPod.ToAPIPod().ObjectMeta}, resp.GetStatus())
}

// killContainersInOrder tells each container to stop when all that wait for it have stopped, or when the pod's grace
// period has run out. Each container's preStop hook runs in its turn.
func (m *kubeGenericRuntimeManager) killContainersInOrder(ctx context.Context, pod *v1.Pod, runningPod kubecontainer.Pod, gracePeriodOverride *int64, graph *dependency.Graph, kills map[string]*containerKill) []*kubecontainer.SyncResult {
	logger := klog.FromContext(ctx)
	// A start that was in flight may have made a container that the caller does not know of.
	if fresh, err := m.GetPod(ctx, runningPod.ID); err == nil {
		runningPod.Containers = runningContainers(fresh)
	}

	var names []string
	for _, c := range runningPod.Containers {
		names = append(names, c.Name)
	}
	deadline := time.Now().Add(time.Duration(m.stopGracePeriod(ctx, pod, graph, gracePeriodOverride)) * time.Second)
	turns := newStopTurns(graph, names)
	var native *terminationOrdering
	if pod != nil {
		native = newTerminationOrdering(pod, names)
	}

	results := make([]*kubecontainer.SyncResult, len(runningPod.Containers))
	var wg sync.WaitGroup
	for i, c := range runningPod.Containers {
		results[i] = kubecontainer.NewSyncResult(kubecontainer.KillContainer, c.Name)
		wg.Go(func() {
			defer utilruntime.HandleCrashWithContext(ctx)
			defer func() {
				// A container that could not be stopped does not hold up the others.
				turns.stopped(c.Name)
				if native != nil {
					native.containerTerminated(c.Name)
				}
			}()
			pod := pod
			if pod != nil && kubecontainer.GetContainerSpec(pod, c.Name) == nil {
				// An orphan is known by its running containers alone; upstream restores the rest from the runtime.
				pod = nil
			}
			if kills[c.Name].succeeds(deadline) {
				return
			}
			if err := m.killInTurn(ctx, pod, c, gracePeriodOverride, deadline, turns, native, graph); err != nil {
				results[i].Fail(kubecontainer.ErrKillContainer, err.Error())
				logger.Error(err, "Kill container failed", "pod", klog.KRef(runningPod.Namespace, runningPod.Name), "podUID", runningPod.ID,
					"containerName", c.Name, "containerID", c.ID)
			}
		})
	}
	wg.Wait()
	for _, d := range turns.stageDurations() {
		metrics.DependencyStopStageDuration.Observe(d.Seconds())
	}
	return results
}

// killInTurn stops one container. A native sidecar that no container waits for keeps upstream's timing: its preStop
// hook runs at once, its signal comes in upstream's order.
func (m *kubeGenericRuntimeManager) killInTurn(ctx context.Context, pod *v1.Pod, c *kubecontainer.Container, gracePeriodOverride *int64, deadline time.Time, turns *stopTurns, native *terminationOrdering, graph *dependency.Graph) error {
	if native != nil && graph.IsNative(c.Name) && !graph.IsTarget(c.Name) {
		return m.killContainer(ctx, pod, c.ID, c.Name, "", reasonUnknown, gracePeriodOverride, native)
	}
	if time.Until(deadline) > minimumOrderedGracePeriod {
		turns.wait(c.Name, deadline)
	}
	turns.begins(c.Name)
	remaining := int64(max(0, time.Until(deadline)+time.Second-1) / time.Second)
	if limit, limited := graph.StopTimeoutSeconds(c.Name); limited {
		remaining = min(remaining, limit)
	}
	return m.killContainer(ctx, pod, c.ID, c.Name, "", reasonUnknown, &remaining, nil)
}

// minimumOrderedGracePeriod is the longest grace period that leaves no time for an order: a hard eviction or a forced
// deletion stops all containers at once.
const minimumOrderedGracePeriod = time.Second

// stopGracePeriod returns the grace period in seconds of a pod that is stopped.
func (m *kubeGenericRuntimeManager) stopGracePeriod(ctx context.Context, pod *v1.Pod, graph *dependency.Graph, override *int64) int64 {
	switch {
	case override != nil:
		return *override
	case pod != nil:
		return setTerminationGracePeriod(ctx, pod, &v1.Container{}, "", kubecontainer.ContainerID{}, reasonUnknown)
	default:
		return graph.Plan().GracePeriodSeconds
	}
}

// succeeds waits for a kill that was in flight when the stop began, and tells whether it has ended the container.
func (k *containerKill) succeeds(deadline time.Time) bool {
	if k == nil {
		return false
	}
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case <-k.done:
		return k.err == nil
	case <-timer.C:
		return false
	}
}

func runningContainers(pod *kubecontainer.Pod) []*kubecontainer.Container {
	var running []*kubecontainer.Container
	for _, c := range pod.Containers {
		if c.State == kubecontainer.ContainerStateRunning {
			running = append(running, c)
		}
	}
	return running
}
