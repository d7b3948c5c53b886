// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"strconv"
	"time"
)

// verdict is the result of evaluating a condition on a container.
type verdict int

const (
	// notYet: the condition is false and may become true.
	notYet verdict = iota
	// holds: the condition is true.
	holds
	// never: the condition is false and cannot become true in this sandbox.
	never
)

// StartEnded is the condition of an edge by the list: a start of the container in the active sandbox has ended, well or not,
// with its postStart hook. It orders the start alone. No entry can have it.
const StartEnded Condition = "StartEnded"

// awaitsEnd reports whether the condition waits for the end of a container.
func (c Condition) awaitsEnd() bool { return c == Completed || c == Succeeded }

// evaluate evaluates the condition on the container. lost means that the container can never start.
func (c Condition) evaluate(o *Observation, lost bool) verdict {
	v := c.verdict(o)
	if v == notYet && c == StartEnded && lost {
		// There is no start to wait for.
		return holds
	}
	if v == notYet && lost && o.State != Running && !o.Starting {
		return never
	}
	return v
}

func (c Condition) verdict(o *Observation) verdict {
	switch c {
	case None:
		return holds
	case StartEnded:
		if o.startEnded() {
			return holds
		}
		return notYet
	case Completed, Succeeded:
		if !o.finished() {
			return notYet
		}
		if c == Succeeded && !o.succeeded() {
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
	if o.succeeded() {
		return holds
	}
	if o.finished() {
		return never
	}
	return notYet
}

// awaitedProbe reports whether a probe of the container can make the condition true, and which: Started stands for the
// startup probe, Ready for the readiness probe. A readiness probe does not run before the startup probe has passed.
func (c Condition) awaitedProbe(o *Observation) (Condition, bool) {
	switch {
	case c != Started && c != Ready || o.State != Running || !o.Active || o.Starting:
		return "", false
	case !o.Started:
		return Started, true
	default:
		return Ready, c == Ready && !o.Ready
	}
}

// describe appends a description of the container's state to the text. The description changes only with the state: it
// contains timestamps, never durations.
func (c Condition) describe(text []byte, o *Observation) []byte {
	switch {
	case o.Starting:
		return append(text, "starting"...)
	case o.State == Created:
		return append(text, "created"...)
	case o.State == Running && !o.Active:
		return append(text, "running in a former sandbox"...)
	case o.State == Running && c.awaitsEnd():
		return append(text, "running"...)
	case o.State == Running && !o.Started:
		return stamp(append(text, "not started"...), " since ", o.Since)
	case o.State == Running:
		return stamp(append(text, "not ready, running"...), " since ", o.Since)
	case o.State == Exited:
		text = strconv.AppendInt(append(text, "exited with code "...), int64(o.ExitCode), 10)
		text = stamp(text, " at ", o.Since)
		if o.Stopped && !o.Restarts {
			text = append(text, ", stopped by the kubelet"...)
		}
		if o.Restarts {
			text = append(text, ", will be restarted"...)
		}
		return text
	default:
		return append(text, "not created"...)
	}
}

// stamp appends the word and the timestamp, unless the time is unknown.
func stamp(text []byte, word string, t time.Time) []byte {
	if t.IsZero() {
		return text
	}
	return t.UTC().AppendFormat(append(text, word...), time.RFC3339)
}
