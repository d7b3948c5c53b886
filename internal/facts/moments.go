// SPDX-License-Identifier: Apache-2.0

package facts

import (
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// Moment is when something became true: not before Earliest and not after Latest. Both are zero if that was not observed.
type Moment struct {
	Earliest, Latest time.Time
}

func exactly(t time.Time) Moment { return Moment{Earliest: t, Latest: t} }

// Known reports whether the change was observed.
func (m Moment) Known() bool { return !m.Latest.IsZero() }

// First is when the container first met the condition. What has Succeeded counts as Started and Ready, too.
func (c *Container) First(condition dependency.Condition) Moment {
	var turn Moment
	switch condition {
	case dependency.Completed, dependency.Succeeded:
		return c.firstEnd(condition)
	case dependency.Started:
		turn = c.firstTurn(c.Started, c.Startup || c.PostStart)
	default:
		turn = c.firstTurn(c.Ready, c.Readiness || c.Startup || c.PostStart)
	}
	if end := c.firstEnd(dependency.Succeeded); end.Known() && (!turn.Known() || end.Latest.Before(turn.Latest)) {
		return end
	}
	return turn
}

// LastHeld returns the dependency that was met last, and when. The Moment is zero if none was met.
func (p *Pod) LastHeld(edges []dependency.Dependency) (last dependency.Dependency, held Moment) {
	for _, edge := range edges {
		if m := p.Container(edge.Container).First(edge.Condition); m.Latest.After(held.Latest) {
			last, held = edge, m
		}
	}
	return last, held
}

// firstEnd is the first exit that no restart follows. Under restart policy Never each exit is final, and under Always none; under
// OnFailure an exit with code 0 is final at once, and any other one if it is the last run's.
func (c *Container) firstEnd(condition dependency.Condition) Moment {
	if c.Policy == v1.RestartPolicyAlways {
		return Moment{}
	}
	for i, r := range c.Runs {
		if r.Finished.IsZero() || r.Lost {
			continue
		}
		succeeded := r.ExitCode == 0
		final := succeeded || c.Policy == v1.RestartPolicyNever || i == len(c.Runs)-1
		if final && (succeeded || condition == dependency.Completed) {
			return exactly(r.Finished)
		}
	}
	return Moment{}
}

// firstTurn is the first turn to true. A container without a probe or hook to pass meets the condition when it starts; the runtime's
// time of that is more exact than the kubelet's status, which follows.
func (c *Container) firstTurn(turns []Turn, gated bool) Moment {
	if !gated {
		if start := c.FirstStart(); !start.IsZero() {
			return exactly(start)
		}
		return Moment{}
	}
	if i := slices.IndexFunc(turns, func(t Turn) bool { return t.On }); i >= 0 {
		return c.When(turns[i])
	}
	return Moment{}
}

// When narrows down when a turn happened. A turn to Ready follows a successful probe, whose time the log has.
func (c *Container) When(t Turn) Moment {
	m := Moment{Earliest: t.After, Latest: t.At}
	if run := c.run(t.Run); run != nil && m.Earliest.Before(run.Started) {
		m.Earliest = run.Started
	}
	if !t.On || !c.Readiness || !slices.Contains(c.Ready, t) {
		return m
	}
	if i := slices.IndexFunc(c.Probed, func(p time.Time) bool { return p.After(m.Earliest) && !p.After(m.Latest) }); i >= 0 {
		return exactly(c.Probed[i])
	}
	return m
}
