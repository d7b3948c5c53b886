// SPDX-License-Identifier: Apache-2.0

package traces

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// Names of spans. The kubelet's package ordering has the same.
const (
	wait     = "ordering.wait"
	start    = "ordering.start"
	postHook = "ordering.postStart"
	hookSpan = "ordering.preStop"
	stop     = "ordering.stop"
)

// slack is by how much a status may differ from a span: it has whole seconds, rounded down.
const slack = time.Second

// Of returns the spans of a pod, by time, and those of the calls that start its containers.
func Of(spans []Span, pod *v1.Pod) []Span {
	var own []Span
	starts := map[string]bool{}
	for _, s := range spans {
		if s.UID == string(pod.UID) && s.UID != "" || pod.UID == "" && s.Pod == pod.Name && s.Namespace == pod.Namespace {
			own = append(own, s)
			starts[s.ID] = s.Name == start
		}
	}
	for _, s := range spans {
		if s.Name == startCall && starts[s.Parent] {
			own = append(own, s)
		}
	}
	slices.SortStableFunc(own, func(a, b Span) int { return cmp.Or(a.Begin.Compare(b.Begin), a.End.Compare(b.End)) })
	return own
}

// Apply gives the facts the times of the pod's spans, and returns how many spans had something to say. The graph is nil for a pod without
// an order.
func Apply(f *facts.Pod, graph *dependency.Graph, spans []Span) (used int) {
	for _, s := range spans {
		c := f.Container(s.Container)
		if c == nil {
			continue
		}
		switch s.Name {
		case start:
			if r := runBetween(c, s, func(r *facts.Run) time.Time { return r.Started }); r != nil {
				r.Created, r.Started = s.Begin, s.End
				for _, call := range spans {
					if call.Name == startCall && call.Parent == s.ID {
						r.Started = call.End
					}
				}
				used++
			}
		case wait:
			used++
			waited(c, graph, s)
		case stop:
			if r := runBetween(c, s, func(r *facts.Run) time.Time { return cmp.Or(r.Finished, s.End) }); r != nil {
				r.Told, r.Signalled = s.Begin, s.Begin
				if !r.Finished.IsZero() {
					r.Finished = s.End
				}
				used++
			}
		}
	}
	for _, s := range spans {
		c := f.Container(s.Container)
		if c != nil && s.Name == postHook && !c.Readiness && !c.Startup {
			// Its end makes the container Started, and Ready.
			if r := runBetween(c, s, func(r *facts.Run) time.Time { return r.Started }); r != nil {
				turn := []facts.Turn{{Run: r.ID, After: r.Started, At: s.End, On: true}}
				c.Started, c.Ready = turn, turn
				used++
			}
		}
		if c != nil && s.Name == hookSpan {
			if r := runBetween(c, s, func(*facts.Run) time.Time { return s.End }); r != nil {
				r.HookBegan, r.HookEnded = s.Begin, s.End
				if !c.AtTermination {
					r.Signalled = s.End
				}
				used++
			}
		}
	}
	turns(f, spans)
	return used
}

// runBetween returns the run that had the time within the span, as exactly as a status has it.
func runBetween(c *facts.Container, s Span, at func(*facts.Run) time.Time) *facts.Run {
	for _, r := range slices.Backward(c.Runs) {
		if t := at(r); !t.IsZero() && !t.Before(s.Begin.Add(-slack)) && !t.After(s.End.Add(slack)) && !r.Started.After(s.End) {
			return r
		}
	}
	return nil
}

// waited moves the begin of a wait to that of its span. A wait of which neither the status nor an event tells is added: it waited for all
// that the container waits for.
func waited(c *facts.Container, graph *dependency.Graph, s Span) {
	for i := range c.Waits {
		if from := c.Waits[i].From; !from.Before(s.Begin.Add(-slack)) && from.Before(s.End) {
			c.Waits[i].From = s.Begin
			return
		}
	}
	if graph == nil {
		return
	}
	var list []string
	for _, d := range graph.WaitsFor(c.Name) {
		list = append(list, fmt.Sprintf("%q to be %s", d.Container, d.Condition))
	}
	c.Waits = append(c.Waits, facts.Wait{From: s.Begin, Reason: "WaitingForDependencies", Message: "waiting for " + strings.Join(list, ", ")})
	slices.SortStableFunc(c.Waits, func(a, b facts.Wait) int { return a.From.Compare(b.From) })
}

// turns moves the times at which containers became Ready or Started, which a status does not have, to the end of the wait for them.
func turns(f *facts.Pod, spans []Span) {
	for _, s := range spans {
		if s.Name != wait {
			continue
		}
		for _, name := range s.WaitedFor {
			c := f.Container(name)
			if c == nil {
				continue
			}
			for _, list := range [][]facts.Turn{c.Started, c.Ready} {
				for i := range list {
					if t := &list[i]; t.On && t.At.Sub(s.End).Abs() <= 2*slack {
						t.At = s.End
					}
				}
			}
		}
	}
	for _, c := range f.Containers {
		last := c.Last()
		if last == nil {
			continue
		}
		for _, list := range [][]facts.Turn{c.Started, c.Ready} {
			for i := range list {
				// No container is ready before it has started.
				if list[i].Run == last.ID && list[i].At.Before(last.Started) {
					list[i].At, list[i].After = last.Started, last.Started
				}
			}
		}
	}
}
