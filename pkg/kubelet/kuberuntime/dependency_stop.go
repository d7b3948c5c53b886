// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	crierror "k8s.io/cri-api/pkg/errors"
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
		fromPod, _ = dependencies.ForPod(pod)
	}
	if len(runningPod.Sandboxes) == 0 {
		return fromPod
	}
	pinned, err := m.pinnedInSandbox(ctx, runningPod)
	if err != nil {
		klog.FromContext(ctx).V(2).Info("Cannot read the container order that is kept with the sandbox", "podUID", runningPod.ID, "err", err)
		return fromPod
	}
	return pinned
}

// pinnedInSandbox returns the graph that is kept with the newest sandbox of the pod, or nil.
func (m *kubeGenericRuntimeManager) pinnedInSandbox(ctx context.Context, runningPod kubecontainer.Pod) (*dependency.Graph, error) {
	resp, err := m.runtimeService.PodSandboxStatus(ctx, runningPod.Sandboxes[0].ID.ID, false)
	if err != nil {
		return nil, err
	}
	return pinnedGraph(ctx, &v1.Pod{ObjectMeta: runningPod.ToAPIPod().ObjectMeta}, resp.GetStatus()), nil
}

// OrphanGracePeriod returns the grace period in seconds that is kept with the sandbox of a pod whose containers run, and false
// when the pod has no order or does not run. With an error it is not known whether it has one.
func (m *kubeGenericRuntimeManager) OrphanGracePeriod(ctx context.Context, podUID kubetypes.UID) (seconds int64, ordered bool, err error) {
	if !dependencies.Enabled() {
		return 0, false, nil
	}
	runningPod, err := m.GetPod(ctx, podUID)
	if errors.Is(err, kubecontainer.ErrPodNotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	if len(runningContainers(runningPod)) == 0 || len(runningPod.Sandboxes) == 0 {
		return 0, false, nil
	}
	graph, err := m.pinnedInSandbox(ctx, *runningPod)
	if err != nil && !crierror.IsNotFound(err) {
		return 0, false, err
	}
	if graph == nil {
		return 0, false, nil
	}
	return graph.Plan().GracePeriodSeconds, true, nil
}

// ForgetGonePods forgets what is remembered of pods that are gone. The kubelet calls it in its housekeeping.
func (m *kubeGenericRuntimeManager) ForgetGonePods() {
	m.dependencies.prune(m.podStateProvider.ShouldPodRuntimeBeRemoved)
}

// podStop is one stop of a pod that has an order.
type podStop struct {
	*kubeGenericRuntimeManager
	pod        *v1.Pod
	runningPod kubecontainer.Pod
	graph      *dependency.Graph
	clock      *stopClock
	// kills are those in flight when the stop began, by container name.
	kills map[string]*containerKill
	turns *stopTurns
	// status shows how far the stop is.
	status *stopStatus
	// native is upstream's order of native sidecars.
	native *terminationOrdering
}

// killContainersInOrder tells each container to stop when all that wait for it have stopped, or when the pod's grace
// period has run out. Each container's preStop hook runs in its turn. Containers that appear meanwhile are stopped, too.
func (m *kubeGenericRuntimeManager) killContainersInOrder(ctx context.Context, pod *v1.Pod, runningPod kubecontainer.Pod, gracePeriodOverride *int64, graph *dependency.Graph, kills map[string]*containerKill) []*kubecontainer.SyncResult {
	stop := &podStop{kubeGenericRuntimeManager: m, pod: pod, runningPod: runningPod, graph: graph, kills: kills}
	if pod != nil && pod.Spec.RestartPolicy == "" {
		// An orphan: this pod was made up from its running containers. Upstream restores the rest from the runtime.
		stop.pod = nil
	}
	containers := runningPod.Containers
	// A start that was in flight may have made a container that the caller does not know of.
	if fresh, err := m.GetPod(ctx, runningPod.ID); err == nil {
		containers = runningContainers(fresh)
	}
	stop.clock = m.stopClockOf(ctx, stop.pod, runningPod, gracePeriodOverride, graph, containers)
	followCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Upstream gives each orphan a second, also one whose object is there and was not admitted again by a restarted kubelet.
	// Such a pod goes on to be looked at, and each time that second is published.
	if stop.pod != nil {
		stop.clock.follow(followCtx, runningPod.ID)
	}

	stop.status = stop.showStatus(ctx)
	defer stop.status.end()

	var results []*kubecontainer.SyncResult
	told := map[kubecontainer.ContainerID]bool{}
	for len(containers) > 0 {
		results = append(results, stop.round(ctx, containers)...)
		for _, c := range containers {
			told[c.ID] = true
		}
		fresh, err := m.GetPod(ctx, runningPod.ID)
		if err != nil {
			break
		}
		containers = slices.DeleteFunc(runningContainers(fresh), func(c *kubecontainer.Container) bool { return told[c.ID] })
	}
	return results
}

// round stops these containers.
func (s *podStop) round(ctx context.Context, containers []*kubecontainer.Container) []*kubecontainer.SyncResult {
	logger := klog.FromContext(ctx)
	var names []string
	for _, c := range containers {
		names = append(names, c.Name)
	}
	s.turns = newStopTurns(s.graph, names)
	if s.native = nil; s.pod != nil {
		s.native = newTerminationOrdering(s.pod, names)
	}
	s.dependencies.stopProceeds(s.runningPod.ID, func() string { return s.turns.message(s.graph) })
	defer s.dependencies.stopProceeds(s.runningPod.ID, nil)
	results := make([]*kubecontainer.SyncResult, len(containers))
	var wg sync.WaitGroup
	for i, c := range containers {
		results[i] = kubecontainer.NewSyncResult(kubecontainer.KillContainer, c.Name)
		wg.Go(func() {
			defer utilruntime.HandleCrashWithContext(ctx)
			defer func() {
				// A container that could not be stopped does not hold up the others.
				s.turns.stopped(c.Name)
				s.status.changes()
				if s.native != nil {
					s.native.containerTerminated(c.Name)
				}
			}()
			if err := s.killInTurn(ctx, c); err != nil {
				results[i].Fail(kubecontainer.ErrKillContainer, err.Error())
				logger.Error(err, "Kill container failed", "pod", klog.KRef(s.runningPod.Namespace, s.runningPod.Name), "podUID", s.runningPod.ID,
					"containerName", c.Name, "containerID", c.ID)
			}
		})
	}
	wg.Wait()
	for _, d := range s.turns.stageDurations() {
		metrics.DependencyStopStageDuration.Observe(d.Seconds())
	}
	return results
}

// stopClockOf returns the clock of the stop.
func (m *kubeGenericRuntimeManager) stopClockOf(ctx context.Context, pod *v1.Pod, runningPod kubecontainer.Pod, override *int64, graph *dependency.Graph, containers []*kubecontainer.Container) *stopClock {
	grace := time.Duration(m.stopGracePeriod(ctx, pod, graph, override)) * time.Second
	var latest time.Time
	if pod != nil && pod.DeletionTimestamp != nil {
		latest = pod.DeletionTimestamp.Time
	}
	sandbox := ""
	if len(runningPod.Sandboxes) > 0 {
		sandbox = runningPod.Sandboxes[0].ID.ID
	}
	schedule := graph.StopSchedule(grace, grace, func(name string) bool {
		return slices.ContainsFunc(containers, func(c *kubecontainer.Container) bool { return c.Name == name })
	})
	return m.dependencies.stopClock(runningPod.ID, sandbox, grace, latest, schedule.Floors)
}

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

// result is what a kill comes to that was in flight when the stop began.
func (k *containerKill) result() <-chan error {
	result := make(chan error, 1)
	go func() {
		<-k.done
		result <- k.err
	}()
	return result
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
