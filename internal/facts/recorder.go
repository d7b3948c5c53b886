// SPDX-License-Identifier: Apache-2.0

package facts

import (
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
)

// Recorder turns observations and log lines into facts. It is not safe for concurrent use.
type Recorder struct {
	Pod *Pod
	// asked is when the kubelet was last asked.
	asked time.Time
}

// Runs records the runtime's containers of the pod.
func (r *Recorder) Runs(records []Record) {
	for _, record := range records {
		if c := r.Pod.Container(record.Name); c != nil {
			c.note(record)
		}
	}
}

func (c *Container) note(record Record) {
	if known := c.run(record.ID); known != nil {
		known.Record = record
		return
	}
	c.Runs = append(c.Runs, &Run{Record: record})
	slices.SortStableFunc(c.Runs, func(a, b *Run) int { return a.Created.Compare(b.Created) })
}

// Status records a status that the kubelet was asked for and returned at these times.
func (r *Recorder) Status(asked, answered time.Time, status *v1.PodStatus) {
	p := r.Pod
	if status.Phase != "" {
		p.Phase, p.Reason, p.Message = status.Phase, status.Reason, status.Message
	}
	for _, s := range slices.Concat(status.InitContainerStatuses, status.ContainerStatuses) {
		if c := p.Container(s.Name); c != nil {
			c.status(r.asked, answered, s)
		}
	}
	r.asked = asked
}

func (c *Container) status(before, at time.Time, s v1.ContainerStatus) {
	reason, message := "", ""
	if s.State.Waiting != nil {
		reason, message = s.State.Waiting.Reason, s.State.Waiting.Message
	}
	if last := len(c.Waits) - 1; last < 0 || c.Waits[last].Reason != reason || c.Waits[last].Message != message {
		c.Waits = append(c.Waits, Wait{From: at, Reason: reason, Message: message})
	}
	if s.State.Running == nil {
		return
	}
	_, id, _ := strings.Cut(s.ContainerID, "://")
	c.Started = turn(c.Started, Turn{Run: id, After: before, At: at, On: s.Started != nil && *s.Started})
	c.Ready = turn(c.Ready, Turn{Run: id, After: before, At: at, On: s.Ready})
}

func turn(turns []Turn, t Turn) []Turn {
	last := len(turns) - 1
	switch {
	case last >= 0 && turns[last].Run == t.Run && turns[last].On == t.On:
		return turns
	case last < 0 || turns[last].Run != t.Run:
		// Nothing is known about this run before.
		t.After = time.Time{}
	}
	return append(turns, t)
}

// Step is what a line of the kubelet's log says about a container.
type Step int

const (
	// Told means that the kubelet begins to stop the container.
	Told Step = iota
	// HookBegan and HookEnded mean that the preStop hook begins, and that it has ended or is not waited for any more.
	HookBegan
	// HookEnded means that the container's preStop hook has ended.
	HookEnded
	// Signalled means that the kubelet sends the stop signal.
	Signalled
	// Probed means that a readiness probe has succeeded.
	Probed
)

// Line is a line of the kubelet's log. Run is empty if the line names only the container.
type Line struct {
	At             time.Time
	Container, Run string
	Step           Step
}

// Log records a line.
func (r *Recorder) Log(line Line) {
	c := r.Pod.Container(line.Container)
	if c == nil {
		return
	}
	if line.Step == Probed {
		c.Probed = append(c.Probed, line.At)
		return
	}
	run := c.runOf(line)
	switch {
	case run == nil || (!run.Finished.IsZero() && run.Finished.Before(line.At)):
		// The container had exited by itself.
	case line.Step == Told:
		run.tell(line.At)
	case line.Step == HookBegan && run.HookBegan.IsZero():
		if run.HookBegan = line.At; !c.AtTermination {
			run.tell(line.At)
		}
	case line.Step == HookEnded && run.HookEnded.IsZero():
		run.HookEnded = line.At
	case line.Step == Signalled && run.Signalled.IsZero():
		run.Signalled = line.At
		run.tell(line.At)
	}
}

// tell notes a line that shows that the run has been told to stop. The first such line may come late.
func (r *Run) tell(at time.Time) {
	if r.Told.IsZero() || at.Before(r.Told) {
		r.Told = at
	}
}

func (c *Container) runOf(line Line) *Run {
	if line.Run != "" {
		return c.run(line.Run)
	}
	for _, r := range slices.Backward(c.Runs) {
		if !r.Started.IsZero() && r.Started.Before(line.At) {
			return r
		}
	}
	return nil
}
