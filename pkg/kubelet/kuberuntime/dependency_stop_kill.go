// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	ref "k8s.io/client-go/tools/reference"
	crierror "k8s.io/cri-api/pkg/errors"
	"k8s.io/klog/v2"

	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/events"
	"k8s.io/kubernetes/pkg/kubelet/metrics"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// finalKillTime is how long the runtime may take to kill a container whose limit is over. After that the container no
// longer blocks others.
const finalKillTime = 2 * time.Second

// killInTurn stops one container in its turn. Only its preStop hook may run before. A kill that was already in flight gets the
// container's limit first.
func (s *podStop) killInTurn(ctx context.Context, c *kubecontainer.Container) error {
	logger := klog.FromContext(ctx).V(4)
	object := klog.KRef(s.runningPod.Namespace, s.runningPod.Name)
	if kill := s.starts.kills[c.Name]; kill != nil {
		limit, changed := s.limit(c.Name)
		logger.Info("A container that was being killed when its pod began to stop gets its limit", "pod", object, "containerName", c.Name,
			"limit", limit)
		if limit <= 0 {
			return s.killForGood(ctx, c, nil)
		}
		ended := make(chan error, 1)
		joined, leave := context.WithCancel(ctx)
		defer leave()
		exited := s.exitOf(joined, c.ID)
		go func() {
			select {
			case <-kill.done:
				ended <- kill.err
			case <-exited:
				ended <- nil
			}
		}()
		if over, err := s.await(ctx, c, limit, changed, ended, leave); over || err == nil {
			return err
		}
		// The kill failed, so the container waits for its turn like any other.
	}
	defer s.hookAtTermination(ctx, c)()
	s.turns.Wait(c.Name, s.clock)
	if stage := s.turns.Tell(c.Name); stage != "" {
		s.recordStage(ctx, stage)
	}
	s.status.changes()
	limit, _ := s.limit(c.Name)
	logger.Info("Telling container to stop: it is its turn", "pod", object, "podUID", s.runningPod.ID, "containerName", c.Name,
		"containerID", c.ID, "limit", limit)
	ctx, span := ordering.BeginSpan(ctx, ordering.StopSpan, s.eventPod(s.pod), c.Name, ordering.LimitAttribute.Float64(limit.Seconds()))
	began := time.Now()
	err := s.killWithin(ctx, c)
	span.End(err)
	logger.Info("Container has been stopped", "pod", object, "podUID", s.runningPod.ID, "containerName", c.Name, "containerID", c.ID,
		"took", time.Since(began), "err", err)
	return err
}

// recordStage emits the event that a stage of the stop begins. A retried stop does not repeat it.
func (s *podStop) recordStage(ctx context.Context, stage string) {
	var isNew bool
	s.records.with(s.runningPod.ID, func(p *podRecord) { isNew = p.announceStage(stage) })
	if !isNew {
		return
	}
	logger, pod := klog.FromContext(ctx), s.eventPod(s.pod)
	logger.V(4).Info("Stage of an ordered stop begins", "pod", klog.KObj(pod), "podUID", s.runningPod.ID, "stage", stage)
	object, err := ref.GetReference(legacyscheme.Scheme, pod)
	if err != nil {
		logger.Error(err, "Couldn't make a ref to pod", "pod", klog.KObj(pod))
		return
	}
	s.recorder.WithLogger(logger).Event(object, v1.EventTypeNormal, events.StoppingStage, stage)
}

// limit returns how long the container may take from now on, and a channel that is closed when that changes.
func (s *podStop) limit(name string) (time.Duration, <-chan struct{}) {
	period, left, changed := s.clock.Now()
	return s.graph.StopSchedule(period, left, s.turns.Running).LimitNow(name), changed
}

// killWithin stops a container through upstream's killContainer. At the end of its limit the container is killed,
// whatever it, its hook or the runtime is doing.
func (s *podStop) killWithin(ctx context.Context, c *kubecontainer.Container) error {
	if period, _, _ := s.clock.Now(); period <= dependency.MaxUnorderedPeriod {
		return s.killAtOnce(ctx, c, period, nil)
	}
	limit, changed := s.limit(c.Name)
	if limit <= 0 {
		return s.killForGood(ctx, c, nil)
	}
	waits, over := context.WithCancel(ctx)
	defer over()
	end := time.Now().Add(limit)
	done := s.kill(ctx, waits, c, func() int64 { return max(1, int64((time.Until(end)+time.Second-1)/time.Second)) })
	_, err := s.await(ctx, c, limit, changed, done, over)
	return err
}

// killAtOnce gives a container what upstream gives it in a period that is too short for an order: a preStop hook has the
// period, and the container has upstream's least time after its signal. An earlier kill, which sends to done, may end first.
func (s *podStop) killAtOnce(ctx context.Context, c *kubecontainer.Container, period time.Duration, done <-chan error) error {
	waits, over := context.WithCancel(ctx)
	defer over()
	killed := s.kill(ctx, waits, c, func() int64 { return int64(period / time.Second) })
	late, err := awaitKills(killed, done, period+minimumGracePeriodInSeconds*time.Second+finalKillTime)
	if late {
		over()
		return s.killForGood(ctx, c, killed)
	}
	return err
}

// awaitKills returns the result of a kill, or nil once an earlier one has succeeded. late means that neither ended in time.
func awaitKills(killed, earlier <-chan error, within time.Duration) (late bool, err error) {
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		select {
		case err := <-killed:
			return false, err
		case err := <-earlier:
			if err == nil {
				return false, nil
			}
			earlier = nil
		case <-timer.C:
			return true, nil
		}
	}
}

// kill stops a container through upstream's killContainer and returns a channel for the result. While the runtime does not
// answer, kill waits outside of upstream's function, which causes an event each time, until waits ends. seconds returns the
// time that is left for the container.
func (s *podStop) kill(ctx, waits context.Context, c *kubecontainer.Container, seconds func() int64) <-chan error {
	done := make(chan error, 1)
	go func() {
		defer utilruntime.HandleCrashWithContext(ctx)
		if started, known := s.hasStarted(ctx, c, waits.Done()); !started {
			var err error
			if !known {
				err = context.DeadlineExceeded
			}
			done <- err
			return
		}
		ctx := ctx
		for pause := pauses(askAgainPause, maxAskAgainPause); ; {
			left := seconds()
			err := s.killContainer(ctx, s.podFor(c), c.ID, c.Name, "", reasonUnknown, &left, nil)
			if unanswered(err) {
				runs, answered := s.untilAnswers(waits, c.ID, pause)
				if answered && runs {
					ctx = withoutKillingEvent(ctx)
					continue
				}
				if answered {
					err = nil
				}
			}
			done <- err
			return
		}
	}()
	return done
}

// await returns the result of a kill that ends within the limit. Otherwise it calls giveUp, so that the kill is not tried again,
// kills the container for good and returns true.
func (s *podStop) await(
	ctx context.Context, c *kubecontainer.Container, limit time.Duration, changed <-chan struct{}, done <-chan error, giveUp func(),
) (over bool, err error) {
	began := time.Now()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		select {
		case err := <-done:
			return false, err
		case <-changed:
			if period, _, _ := s.clock.Now(); period <= dependency.MaxUnorderedPeriod {
				giveUp()
				return true, s.killAtOnce(ctx, c, period, done)
			}
			var left time.Duration
			left, changed = s.limit(c.Name)
			if shorter := time.Since(began) + left; shorter < limit {
				limit = shorter
				timer.Reset(left)
			}
		case <-timer.C:
			giveUp()
			s.recordExceeded(ctx, c, limit)
			return true, s.killForGood(ctx, c, done)
		}
	}
}

// recordExceeded records that the container exceeded its limit, so that users can distinguish the kill from a crash.
func (s *podStop) recordExceeded(ctx context.Context, c *kubecontainer.Container, limit time.Duration) {
	limit = limit.Round(100 * time.Millisecond)
	klog.FromContext(ctx).V(2).Info("Killing container that has not stopped within its limit",
		"pod", klog.KRef(s.runningPod.Namespace, s.runningPod.Name),
		"podUID", s.runningPod.ID, "containerName", c.Name, "containerID", c.ID, "limit", limit)
	var again bool
	s.records.with(s.runningPod.ID, func(p *podRecord) {
		i := p.instance(c.ID)
		again, i.exceeded = i.exceeded != nil, &limit
	})
	if again {
		// A stop that is tried again, because the runtime does not answer.
		return
	}
	metrics.DependencyExceededStopLimitsTotal.Inc()
	pod := s.eventPod(s.pod)
	if spec := kubecontainer.GetContainerSpec(pod, c.Name); spec != nil {
		s.recordContainerEvent(ctx, pod, spec, c.ID.ID, v1.EventTypeWarning, events.ExceededStopLimit,
			"Container %s did not stop within %s and is killed", c.Name, limit)
	}
}

// killForGood kills a container that has no time left. An earlier kill, which sends to done, may end first.
func (s *podStop) killForGood(ctx context.Context, c *kubecontainer.Container, done <-chan error) error {
	waits, over := context.WithCancel(ctx)
	defer over()
	killed := make(chan error, 1)
	go func() {
		defer utilruntime.HandleCrashWithContext(ctx)
		pause := pauses(askAgainPause, finalKillTime/4)
		err := s.runtimeService.StopContainer(ctx, c.ID.ID, 0)
		for unanswered(err) && ordering.Sleep(waits, pause.Step()) {
			err = s.runtimeService.StopContainer(ctx, c.ID.ID, 0)
		}
		if crierror.IsNotFound(err) {
			err = nil
		}
		killed <- err
	}()
	late, err := awaitKills(killed, done, finalKillTime)
	if late {
		return context.DeadlineExceeded
	}
	return err
}

// eventPod is the pod that events are about.
func (s *podStop) eventPod(pod *v1.Pod) *v1.Pod {
	if pod != nil {
		return pod
	}
	return s.runningPod.ToAPIPod()
}

// podFor returns the pod as upstream's killContainer is to see it: nil where the kubelet knows of the container from the
// runtime alone.
func (s *podStop) podFor(c *kubecontainer.Container) *v1.Pod {
	if s.pod == nil || kubecontainer.GetContainerSpec(s.pod, c.Name) == nil {
		return nil
	}
	return s.pod
}

type killsAgainKey struct{}

// withoutKillingEvent marks the calls of a kill that is tried again.
func withoutKillingEvent(ctx context.Context) context.Context {
	return context.WithValue(ctx, killsAgainKey{}, true)
}

// killsAgain reports whether a call is part of a kill that is tried again.
func killsAgain(ctx context.Context) bool {
	again, _ := ctx.Value(killsAgainKey{}).(bool)
	return again
}
