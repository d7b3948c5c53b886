// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"time"
)

// verdict is the answer to whether a condition is true of a container.
type verdict int

const (
	// notYet: it is not true now, and may become true.
	notYet verdict = iota
	// holds: it is true.
	holds
	// never: it is not true and cannot become true in this sandbox.
	never
)

// evaluate answers whether the condition is true of the container. A container that can never start says so by lost.
func (c Condition) evaluate(o *Observation, lost bool) verdict {
	v := c.verdict(o)
	if v == notYet && lost && o.State != Running && !o.Starting {
		return never
	}
	return v
}

func (c Condition) verdict(o *Observation) verdict {
	switch c {
	case Completed, Succeeded:
		if !o.finished() {
			return notYet
		}
		if c == Succeeded && o.ExitCode != 0 {
			return never
		}
		return holds
	case Started:
		switch {
		case o.Starting:
			return notYet
		case (o.State == Running || o.State == Exited) && o.Active && o.Started:
			return holds
		}
	default:
		if o.State == Running && o.Active && o.Ready && o.Started && !o.Starting {
			return holds
		}
	}
	if o.finished() {
		return never
	}
	return notYet
}

// awaitedProbe tells whether a probe of the container can make the condition true, and which: Started stands for the
// startup probe, Ready for the readiness probe. A readiness probe does not run before the startup probe has passed.
func (c Condition) awaitedProbe(o *Observation) (Condition, bool) {
	switch {
	case c == Completed || c == Succeeded || o.State != Running || !o.Active || o.Starting:
		return "", false
	case !o.Started:
		return Started, true
	default:
		return Ready, c == Ready && !o.Ready
	}
}

// describe says what a container is doing. The text changes only when a fact does: it shows points in time, never a
// duration.
func (c Condition) describe(o *Observation) string {
	switch {
	case o.Starting:
		return "starting"
	case o.State == Created:
		return "created"
	case o.State == Running && !o.Active:
		return "running in a former sandbox"
	case o.State == Running && (c == Completed || c == Succeeded):
		return "running"
	case o.State == Running && !o.Started:
		return "not started" + since(o)
	case o.State == Running:
		return "not ready, running" + since(o)
	case o.State == Exited && o.Restarts:
		return fmt.Sprintf("exited with code %d%s, will be restarted", o.ExitCode, at(o))
	case o.State == Exited:
		return fmt.Sprintf("exited with code %d%s", o.ExitCode, at(o))
	default:
		return "not created"
	}
}

func since(o *Observation) string { return stamp(" since ", o.Since) }

func at(o *Observation) string { return stamp(" at ", o.Since) }

func stamp(word string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return word + t.UTC().Format(time.RFC3339)
}
