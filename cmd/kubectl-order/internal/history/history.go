// SPDX-License-Identifier: Apache-2.0

// Package history reconstructs what the containers of a pod did from what the API server keeps: the status, whose times are in whole
// seconds and which has two runs of each container, and the events of the last hour or so.
package history

import (
	"fmt"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/cmd/kubectl-order/internal/why"
	"kubelet-ordering/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// Of returns the facts about a pod, and notes about what they lack. memory may be nil.
func Of(pod *v1.Pod, graph *dependency.Graph, events []v1.Event, memory *Memory) (*facts.Pod, []string, error) {
	for _, list := range [][]v1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			if problems := validation.IsDNS1123Label(list[i].Name); len(problems) > 0 {
				return nil, nil, fmt.Errorf("the container's name %q is not valid: %s", list[i].Name, problems[0])
			}
		}
	}
	b := &builder{pod: pod, graph: graph, events: events, memory: memory, facts: facts.NewPod(pod, graph)}
	f := b.facts
	f.Name = safe.Line(pod.Name)
	f.Begin = pod.CreationTimestamp.Time
	if f.Begin.IsZero() && pod.Status.StartTime != nil {
		f.Begin = pod.Status.StartTime.Time
	}
	f.Phase, f.Reason, f.Message = pod.Status.Phase, safe.Line(pod.Status.Reason), safe.Line(pod.Status.Message)
	if pod.DeletionTimestamp != nil {
		grace := dependency.DefaultGracePeriodSeconds
		if pod.DeletionGracePeriodSeconds != nil {
			grace = *pod.DeletionGracePeriodSeconds
		}
		f.Withdrawn = pod.DeletionTimestamp.Add(-time.Duration(grace) * time.Second)
	}
	statuses := slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses)
	for i := range statuses {
		if c := f.Container(statuses[i].Name); c != nil {
			b.runs(c, &statuses[i])
			b.waits(c, &statuses[i])
		}
	}
	for i := range statuses {
		if c := f.Container(statuses[i].Name); c != nil {
			b.turns(c, &statuses[i])
		}
	}
	if last, running := f.LastEnd(); !running && (f.Phase == v1.PodSucceeded || f.Phase == v1.PodFailed) {
		f.End = last
		if f.End.IsZero() {
			f.End = f.Begin.Add(time.Second)
		}
	}
	return f, b.notes, nil
}

// builder builds the facts.
type builder struct {
	pod    *v1.Pod
	graph  *dependency.Graph
	events []v1.Event
	memory *Memory
	facts  *facts.Pod
	notes  []string
}

// event returns the times of the events of a container with a reason.
func (b *builder) event(container, reason string) []*v1.Event {
	var found []*v1.Event
	for i := range b.events {
		if e := &b.events[i]; e.Reason == reason && why.About(e) == container {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(x, y *v1.Event) int { return why.First(x).Compare(why.First(y)) })
	return found
}

// runs adds the runs that the status has.
func (b *builder) runs(c *facts.Container, s *v1.ContainerStatus) {
	known := 0
	add := func(id string, started, finished time.Time, code int32) {
		if started.IsZero() {
			return
		}
		known++
		if id == "" {
			id = fmt.Sprintf("%s-%d", c.Name, known)
		}
		r := &facts.Run{Record: facts.Record{ID: id, Name: c.Name, Created: started, Started: started, Finished: finished, ExitCode: code}}
		for _, e := range b.event(c.Name, "Created") {
			for _, at := range []time.Time{why.First(e), why.When(e)} {
				if !at.After(started) && started.Sub(at) < time.Minute {
					r.Created = at
				}
			}
		}
		for _, e := range b.event(c.Name, "Killing") {
			for _, at := range []time.Time{why.First(e), why.When(e)} {
				if !at.Before(started) && (finished.IsZero() || !at.After(finished)) {
					// The status does not say when the preStop hook ended.
					r.Told, r.Signalled = at, at
				}
			}
		}
		c.Runs = append(c.Runs, r)
	}
	for _, state := range []v1.ContainerState{s.LastTerminationState, s.State} {
		switch {
		case state.Terminated != nil:
			t := state.Terminated
			add(t.ContainerID, t.StartedAt.Time, t.FinishedAt.Time, t.ExitCode)
		case state.Running != nil:
			add(s.ContainerID, state.Running.StartedAt.Time, time.Time{}, 0)
		}
	}
	if missing := int(s.RestartCount) + 1 - known; known > 0 && missing > 0 {
		b.notes = append(b.notes, fmt.Sprintf("%s has run %d times, and the status has the last %d", c.Name, s.RestartCount+1, known))
	}
}

// waits adds the waits that the events and the status have.
func (b *builder) waits(c *facts.Container, s *v1.ContainerStatus) {
	for _, e := range b.event(c.Name, "WaitingForDependencies") {
		c.Waits = append(c.Waits, facts.Wait{From: why.First(e), Reason: e.Reason, Message: safe.Line(e.Message)})
	}
	if b.memory != nil {
		c.Waits = append(c.Waits, b.memory.waits[c.Name]...)
	}
	if w := s.State.Waiting; w != nil {
		from := b.facts.Begin
		if last := c.Last(); last != nil && !last.Finished.IsZero() {
			from = last.Finished.Add(time.Millisecond)
		} else if n := len(c.Waits); n > 0 {
			from = c.Waits[n-1].From
		}
		c.Waits = append(c.Waits, facts.Wait{From: from, Reason: safe.Line(w.Reason), Message: safe.Line(w.Message)})
	}
	slices.SortStableFunc(c.Waits, func(x, y facts.Wait) int { return x.From.Compare(y.From) })
}

// turns infers when a container was started and ready: not later than what waited for it began to start.
func (b *builder) turns(c *facts.Container, s *v1.ContainerStatus) {
	last := c.Last()
	if last == nil {
		return
	}
	running := s.State.Running != nil
	started, ready := b.met(c, dependency.Started), b.met(c, dependency.Ready)
	if started.IsZero() || !ready.IsZero() && ready.Before(started) {
		started = ready
	}
	if ready.IsZero() && running && s.Ready {
		ready = b.allReady(last.Started)
	}
	if started.IsZero() && running && s.Started != nil && *s.Started {
		started = ready
	}
	turn := func(at time.Time) []facts.Turn {
		if at.IsZero() {
			return nil
		}
		return []facts.Turn{{Run: last.ID, After: last.Started, At: at, On: true}}
	}
	c.Started, c.Ready = turn(started), turn(ready)
}

// met is the earliest time at which the container is known to have met the condition, or zero.
func (b *builder) met(c *facts.Container, condition dependency.Condition) time.Time {
	var earliest time.Time
	note := func(at time.Time) {
		if !at.Before(c.Last().Started) && (earliest.IsZero() || at.Before(earliest)) {
			earliest = at
		}
	}
	if at, ok := b.memory.ready(c.Last().ID); ok && condition == dependency.Ready {
		note(at)
	}
	if b.graph == nil {
		return earliest
	}
	for _, other := range b.facts.Containers {
		for _, d := range b.graph.WaitsFor(other.Name) {
			if d.Container != c.Name || d.Condition != condition {
				continue
			}
			if start := other.FirstStart(); !start.IsZero() {
				note(start)
			}
			for _, e := range b.event(other.Name, "DependenciesSatisfied") {
				note(why.First(e))
			}
		}
	}
	return earliest
}

// allReady is when all containers were ready, but not before the given time. If that is not known it is that time.
func (b *builder) allReady(from time.Time) time.Time {
	for _, c := range b.pod.Status.Conditions {
		if c.Type == v1.ContainersReady && c.Status == v1.ConditionTrue && !c.LastTransitionTime.Time.Before(from) {
			return c.LastTransitionTime.Time
		}
	}
	return from
}

// LastChange is the time of the last thing that is known of the pod.
func LastChange(f *facts.Pod) time.Time {
	last := f.Begin
	note := func(at time.Time) {
		if at.After(last) {
			last = at
		}
	}
	note(f.Withdrawn)
	for _, c := range f.Containers {
		for _, r := range c.Runs {
			note(r.Started)
			note(r.Finished)
			note(r.Told)
		}
		for _, t := range c.Ready {
			note(t.At)
		}
		for _, w := range c.Waits {
			note(w.From)
		}
	}
	return last
}
