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
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/metrics"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	"k8s.io/kubernetes/pkg/util/podstop"
)

// beginOrderedStop returns the stop of a pod that has an order, or nil for any other pod. In both cases nothing more
// starts in the pod.
func (m *kubeGenericRuntimeManager) beginOrderedStop(
	ctx context.Context, pod *v1.Pod, runningPod kubecontainer.Pod, gracePeriodOverride *int64,
) *podStop {
	m.helper().AwaitProbes(ctx, runningPod.ID, nil)
	starts := m.cancelStarts(runningPod.ID)
	var waits endedWaits
	m.records.ifKnown(runningPod.ID, func(p *podRecord) { waits = p.releaseAll() })
	waits.trace(ctx, pod)
	graph := m.stopGraph(ctx, pod, runningPod)
	if graph == nil {
		starts.join(ctx, runningPod.ID)
		return nil
	}
	stop := &podStop{kubeGenericRuntimeManager: m, pod: pod, runningPod: runningPod, override: gracePeriodOverride, graph: graph,
		starts: starts}
	if pod != nil && pod.DeletionTimestamp != nil {
		stop.latest = pod.DeletionTimestamp.Time
	}
	if pod != nil && pod.Spec.RestartPolicy == "" {
		// An orphan: the caller made up this pod from the running containers. Upstream restores the rest from the
		// runtime.
		stop.pod = nil
	}
	return stop
}

// stopGraph returns the graph in force for a pod that stops, or nil. It comes from the sandbox, which is all that the
// kubelet has of a pod whose object is gone.
func (m *kubeGenericRuntimeManager) stopGraph(ctx context.Context, pod *v1.Pod, runningPod kubecontainer.Pod) *dependency.Graph {
	if !ordering.Enabled() {
		return nil
	}
	if len(runningPod.Sandboxes) > 0 {
		sandboxID := runningPod.Sandboxes[0].ID.ID
		if plan := m.pinned.of(sandboxID); plan != "" {
			return m.graphOfPlan(ctx, runningPod.ID, plan).graph
		}
		if pod == nil || !ordering.InUse(pod) {
			return nil
		}
		// The pod got its order after its sandbox was created, or the sandbox is so new that no list has it.
		resp, err := m.runtimeService.PodSandboxStatus(ctx, sandboxID, false)
		if err == nil {
			return m.pinnedGraph(ctx, pod, resp.GetStatus()).graph
		}
		klog.FromContext(ctx).V(2).Info("Cannot read the container order that is kept with the sandbox", "podUID", runningPod.ID, "err", err)
	}
	// Without the sandbox's annotations, the pod is the next best source.
	if pod == nil || !ordering.InUse(pod) {
		return nil
	}
	return m.ownGraph(pod).graph
}

// OrphanGracePeriod implements Orderer.
func (m *kubeGenericRuntimeManager) OrphanGracePeriod(ctx context.Context, podUID kubetypes.UID) (seconds int64, ordered bool, err error) {
	if !ordering.Enabled() || !m.pinned.has(podUID) {
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
	graph := m.graphOfPlan(ctx, podUID, m.pinned.of(runningPod.Sandboxes[0].ID.ID)).graph
	if graph == nil {
		return 0, false, nil
	}
	return graph.Plan().GracePeriodSeconds, true, nil
}

// ForgetGonePods implements Orderer. The kubelet calls it during housekeeping.
func (m *kubeGenericRuntimeManager) ForgetGonePods() {
	m.records.prune(m.podStateProvider.ShouldPodRuntimeBeRemoved)
}

// podStop stops a pod that has an order.
type podStop struct {
	*kubeGenericRuntimeManager
	// pod is nil if its object is gone.
	pod        *v1.Pod
	runningPod kubecontainer.Pod
	// latest, if set, is when an earlier kubelet process would have stopped the pod.
	latest time.Time
	// override, if set, replaces the pod's own grace period, in seconds.
	override *int64
	graph    *dependency.Graph
	clock    *podstop.Clock
	// starts were in flight when the stop began.
	starts cancelledStarts
	turns  *podstop.Turns
	// status shows the progress of the stop.
	status *stopStatus
}

// run tells each container to stop once all its dependents have stopped, or once the pod's grace period is over. Each
// container's preStop hook runs in its turn, or as soon as the stop begins. Containers that appear meanwhile are stopped, too.
func (s *podStop) run(ctx context.Context) []*kubecontainer.SyncResult {
	ctx = withOrderedStop(ctx)
	defer s.starts.join(ctx, s.runningPod.ID)
	containers := s.withStarting(s.runningPod.Containers)
	s.clock = s.beginClock(ctx, containers)
	// Do not follow the grace periods of an orphan: upstream gives each one 1 s, even if its object exists but a
	// restarted kubelet has not admitted it again. The kubelet keeps looking at such a pod, and publishes that second
	// each time.
	if s.pod != nil {
		followCtx, cancel := context.WithCancel(ctx)
		defer cancel()
		seconds, unwatch := ordering.GracePeriods.Watch(s.runningPod.ID)
		defer unwatch()
		go func() {
			defer utilruntime.HandleCrashWithContext(ctx)
			s.clock.Follow(followCtx, seconds)
		}()
	}

	s.status = s.showStatus(ctx)
	defer s.status.end()

	// A start may have created a container that the caller does not know.
	if running, answered := s.listRunning(ctx); answered {
		containers = s.withStarting(running)
	}
	var results []*kubecontainer.SyncResult
	told := map[kubecontainer.ContainerID]bool{}
	for len(containers) > 0 {
		results = append(results, s.round(ctx, containers)...)
		for _, c := range containers {
			// One that the runtime has not started in time is stopped if it runs after all.
			told[c.ID] = !s.isStarting(c)
		}
		// They are none if the runtime does not answer.
		running, _ := s.listRunning(ctx)
		containers = slices.DeleteFunc(running, func(c *kubecontainer.Container) bool { return told[c.ID] })
	}
	return results
}

// listRunning returns the containers of the pod that run. A runtime that does not answer is asked again until the pod's time is
// over: by what the kubelet knows, a container could be told to stop before one that it does not know of.
func (s *podStop) listRunning(ctx context.Context) (running []*kubecontainer.Container, answered bool) {
	for pause := pauses(askAgainPause, maxAskAgainPause); ; {
		fresh, err := s.GetPod(ctx, s.runningPod.ID)
		if err == nil {
			return runningContainers(fresh), true
		}
		if !unanswered(err) || s.clock.AtOnce() || !ordering.Sleep(ctx, pause.Step()) {
			return nil, false
		}
	}
}

// end records that no container of the pod runs any more, unless one could not be stopped.
func (s *podStop) end(results []*kubecontainer.SyncResult) []*kubecontainer.SyncResult {
	if !slices.ContainsFunc(results, func(r *kubecontainer.SyncResult) bool { return r.Error != nil }) {
		s.pinned.stop(s.runningPod.ID)
	}
	return results
}

// allAtOnce stops these containers as upstream does.
func (s *podStop) allAtOnce(
	ctx context.Context, containers []*kubecontainer.Container, period time.Duration,
) []*kubecontainer.SyncResult {
	running, pod, seconds := s.runningPod, s.pod, int64(period/time.Second)
	if running.Containers = s.awaitStarting(ctx, containers); pod == nil {
		pod = running.ToAPIPod()
	}
	return s.upstreamKillContainersWithSyncResult(ctx, pod, running, &seconds)
}

// round stops these containers.
func (s *podStop) round(ctx context.Context, containers []*kubecontainer.Container) []*kubecontainer.SyncResult {
	period, left, _ := s.clock.Now()
	if period <= dependency.MaxUnorderedPeriod {
		return s.allAtOnce(ctx, containers, period)
	}
	logger := klog.FromContext(ctx)
	var names []string
	for _, c := range containers {
		names = append(names, c.Name)
	}
	running := func(name string) bool { return slices.Contains(names, name) }
	s.turns = podstop.NewTurns(names, s.graph.StopSchedule(period, left, running).After, s.graph.StopStages(running))
	turns := s.turns
	s.proceeds(func() string { return turns.Progress(s.graph.StopMessage) })
	defer s.proceeds(nil)
	results := make([]*kubecontainer.SyncResult, len(containers))
	var wg sync.WaitGroup
	for i, c := range containers {
		results[i] = kubecontainer.NewSyncResult(kubecontainer.KillContainer, c.Name)
		wg.Go(func() {
			defer utilruntime.HandleCrashWithContext(ctx)
			defer func() {
				// A container that could not be stopped must not block the others.
				s.turns.Stopped(c.Name)
				s.status.changes()
			}()
			if err := s.killInTurn(ctx, c); err != nil {
				results[i].Fail(kubecontainer.ErrKillContainer, err.Error())
				logger.Error(err, "Kill container failed", "pod", klog.KRef(s.runningPod.Namespace, s.runningPod.Name), "podUID", s.runningPod.ID,
					"containerName", c.Name, "containerID", c.ID)
			}
		})
	}
	wg.Wait()
	for _, stage := range s.turns.Stages() {
		metrics.DependencyStopStageDuration.Observe(stage.End.Sub(stage.Begin).Seconds())
		ordering.RecordSpan(ctx, stage.Begin, stage.End, ordering.StageSpan, s.eventPod(s.pod), "", nil,
			ordering.ContainersAttribute.String(stage.Names))
	}
	return results
}

// proceeds sets the function that describes the progress of the stop; nil when the stop has ended.
func (s *podStop) proceeds(message func() string) {
	s.records.with(s.runningPod.ID, func(p *podRecord) { p.progress = message })
}

// beginClock returns the clock of the stop. A retried stop continues with the clock of the first attempt.
func (s *podStop) beginClock(ctx context.Context, containers []*kubecontainer.Container) (clock *podstop.Clock) {
	grace := time.Duration(s.gracePeriod(ctx)) * time.Second
	sandbox := ""
	if len(s.runningPod.Sandboxes) > 0 {
		sandbox = s.runningPod.Sandboxes[0].ID.ID
	}
	schedule := s.graph.StopSchedule(grace, grace, func(name string) bool {
		return slices.ContainsFunc(containers, func(c *kubecontainer.Container) bool { return c.Name == name })
	})
	s.records.with(s.runningPod.ID, func(p *podRecord) { clock = p.stopClock(sandbox, grace, s.latest, schedule.Floors) })
	return clock
}

// gracePeriod returns the pod's grace period in seconds.
func (s *podStop) gracePeriod(ctx context.Context) int64 {
	switch {
	case s.override != nil:
		return *s.override
	case s.pod != nil:
		return setTerminationGracePeriod(ctx, s.pod, &v1.Container{}, "", kubecontainer.ContainerID{}, reasonUnknown)
	default:
		return s.graph.Plan().GracePeriodSeconds
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
