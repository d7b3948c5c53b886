// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/events"
)

// finalKillTime is how long the runtime may take to end a container whose limit is over. After that the container holds up
// no other one.
const finalKillTime = 2 * time.Second

// killInTurn stops one container when its turn has come. A native sidecar that no container waits for keeps upstream's
// timing: its preStop hook runs at once, its signal comes in upstream's order.
func (s *podStop) killInTurn(ctx context.Context, c *kubecontainer.Container) error {
	if kill := s.kills[c.Name]; kill != nil {
		limit, _ := s.limit(c.Name, nil)
		if kill.succeeds(limit) {
			return nil
		}
		return s.killForGood(ctx, s.podFor(c), c, limit, nil)
	}
	var order *terminationOrdering
	if s.native != nil && s.graph.IsNative(c.Name) && !s.graph.IsTarget(c.Name) {
		order = s.native
	} else {
		s.turns.wait(c.Name, s.clock)
	}
	s.turns.begins(c.Name)
	return s.killWithin(ctx, c, order)
}

// limit is how long the container may take from now on.
func (s *podStop) limit(name string, order *terminationOrdering) (time.Duration, <-chan struct{}) {
	left, changed := s.clock.now()
	if order != nil || s.clock.atOnce() {
		return max(left, 0), changed
	}
	return s.graph.StopLimit(name, left, s.turns.isRunning), changed
}

// killWithin stops a container by upstream's own means. At the end of its limit it is killed, whatever it, its hook or the
// runtime is doing.
func (s *podStop) killWithin(ctx context.Context, c *kubecontainer.Container, order *terminationOrdering) error {
	limit, changed := s.limit(c.Name, order)
	began := time.Now()
	seconds := int64((limit + time.Second - 1) / time.Second)
	pod := s.podFor(c)
	if limit <= 0 {
		return s.killForGood(ctx, pod, c, 0, nil)
	}
	done := make(chan error, 1)
	go func() {
		defer utilruntime.HandleCrashWithContext(ctx)
		done <- s.killContainer(ctx, pod, c.ID, c.Name, "", reasonUnknown, &seconds, order)
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-changed:
			var now time.Duration
			now, changed = s.limit(c.Name, order)
			if end := began.Add(limit); time.Until(end) > now {
				limit = time.Since(began) + now
				timer.Reset(now)
			}
		case <-timer.C:
			return s.killForGood(ctx, pod, c, time.Since(began), done)
		}
	}
}

// killForGood ends a container that has not stopped within its limit.
func (s *podStop) killForGood(ctx context.Context, pod *v1.Pod, c *kubecontainer.Container, limit time.Duration, done <-chan error) error {
	klog.FromContext(ctx).V(2).Info("Killing container that has not stopped within its limit", "pod", klog.KRef(s.runningPod.Namespace, s.runningPod.Name),
		"podUID", s.runningPod.ID, "containerName", c.Name, "containerID", c.ID, "limit", limit)
	if spec := kubecontainer.GetContainerSpec(s.eventPod(pod), c.Name); spec != nil {
		s.recordContainerEvent(ctx, s.eventPod(pod), spec, c.ID.ID, v1.EventTypeWarning, events.ExceededStopLimit,
			"Container %s did not stop within %s and is killed", c.Name, limit.Round(time.Millisecond))
	}
	killed := make(chan error, 1)
	go func() {
		defer utilruntime.HandleCrashWithContext(ctx)
		killed <- s.runtimeService.StopContainer(ctx, c.ID.ID, 0)
	}()
	timer := time.NewTimer(finalKillTime)
	defer timer.Stop()
	select {
	case err := <-killed:
		return err
	case err := <-done:
		return err
	case <-timer.C:
		return context.DeadlineExceeded
	}
}

// eventPod is the pod that events are about.
func (s *podStop) eventPod(pod *v1.Pod) *v1.Pod {
	if pod != nil {
		return pod
	}
	return s.runningPod.ToAPIPod()
}

// podFor returns the pod as upstream's killContainer is to see it: nil where the kubelet knows of the container from the
// runtime alone, and without a preStop hook that this process has run.
func (s *podStop) podFor(c *kubecontainer.Container) *v1.Pod {
	first := s.dependencies.hookRuns(s.runningPod.ID, c.ID.ID)
	switch {
	case s.pod == nil || kubecontainer.GetContainerSpec(s.pod, c.Name) == nil:
		if first {
			return nil
		}
		return s.runningPod.ToAPIPod()
	case first:
		return s.pod
	}
	pod := *s.pod
	for _, containers := range []*[]v1.Container{&pod.Spec.Containers, &pod.Spec.InitContainers} {
		*containers = slices.Clone(*containers)
		for i := range *containers {
			if spec := &(*containers)[i]; spec.Name == c.Name && spec.Lifecycle != nil {
				spec.Lifecycle = spec.Lifecycle.DeepCopy()
				spec.Lifecycle.PreStop = nil
			}
		}
	}
	return &pod
}
