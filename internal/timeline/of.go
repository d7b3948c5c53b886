// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"time"

	"kubelet-ordering/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// Of returns the timeline of what is known at the given time.
func Of(pod *facts.Pod, graph *dependency.Graph, now time.Time) Timeline {
	end := now
	if !pod.End.IsZero() {
		end = pod.End
	}
	t := Timeline{Pod: pod, Elapsed: end.Sub(pod.Begin), Done: !pod.End.IsZero(), Links: links(pod, graph)}
	for _, c := range pod.Containers {
		t.Rows = append(t.Rows, row(pod, c, end))
	}
	return t
}

func row(pod *facts.Pod, c *facts.Container, end time.Time) Row {
	b := &builder{begin: pod.Begin, row: Row{Name: c.Name, Role: c.Role}}
	at := pod.Begin
	for _, r := range c.Runs {
		b.waiting(c, at, r.Created)
		at = b.run(c, r, end)
	}
	last := c.Last()
	if last == nil || !last.Finished.IsZero() && pod.End.IsZero() && waitsAfter(c, last.Finished) {
		b.waiting(c, at, end)
	}
	return b.row
}

// waitsAfter reports whether the kubelet says that the container waits for a restart after this exit.
func waitsAfter(c *facts.Container, exit time.Time) bool {
	last := len(c.Waits) - 1
	return last >= 0 && c.Waits[last].Reason != "" && c.Waits[last].From.After(exit)
}

// builder builds a row span by span.
type builder struct {
	begin time.Time
	row   Row
}

func (b *builder) add(s Span, from, to time.Time) {
	if !to.After(from) {
		return
	}
	s.From, s.To = from.Sub(b.begin), to.Sub(b.begin)
	b.row.Spans = append(b.row.Spans, s)
}

// waiting splits the time before a run by what the container waited for, as the kubelet reported it.
func (b *builder) waiting(c *facts.Container, from, to time.Time) {
	current := Span{State: Waiting}
	for _, w := range c.Waits {
		if !w.From.Before(to) {
			break
		}
		next := Span{State: Waiting, For: blockers(w), Note: note(w)}
		if sameWait(current, next) {
			continue
		}
		if w.From.After(from) {
			b.add(current, from, w.From)
			from = w.From
		}
		current = next
	}
	b.add(current, from, to)
}

// run adds the spans of a run, and returns when it ended, or now.
func (b *builder) run(c *facts.Container, r *facts.Run, end time.Time) time.Time {
	stop := end
	if !r.Finished.IsZero() {
		stop = r.Finished
	}
	started := earliest(r.Started, stop)
	b.add(Span{State: Starting}, r.Created, started)
	told := earliest(r.Told, stop)
	began, ended := told, earliest(r.Signalled, stop)
	switch {
	case c.PreStop && c.AtTermination && !r.HookBegan.IsZero():
		began, ended = earliest(r.HookBegan, told), earliest(r.HookEnded, ended)
	case !c.PreStop || c.AtTermination:
		// The signal follows at once.
		ended = told
	}
	b.up(c, r, started, began)
	b.add(Span{State: PreStop}, began, ended)
	if ended.Before(told) {
		b.up(c, r, ended, told)
		ended = told
	}
	b.add(Span{State: Stopping}, ended, stop)
	if !r.Finished.IsZero() {
		b.row.Exits = append(b.row.Exits, Exit{At: stop.Sub(b.begin), Code: r.ExitCode, Told: !r.Told.IsZero(), Unseen: r.Lost})
	}
	return stop
}

// up splits the time from start to stop by readiness.
func (b *builder) up(c *facts.Container, r *facts.Run, from, to time.Time) {
	state := Running
	if !c.Readiness && !c.Startup && !c.PostStart {
		state = Ready
	}
	for _, t := range c.Ready {
		next := Running
		if t.On {
			next = Ready
		}
		at := c.When(t).Latest
		if t.Run != r.ID || next == state || !at.Before(to) || state == Ready && !c.Readiness {
			continue
		}
		if at.After(from) {
			b.add(Span{State: state}, from, at)
			from = at
		}
		state = next
	}
	b.add(Span{State: state}, from, to)
}

func earliest(t, limit time.Time) time.Time {
	if t.IsZero() || t.After(limit) {
		return limit
	}
	return t
}
