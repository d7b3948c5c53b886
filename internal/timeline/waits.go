// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"regexp"
	"slices"
	"time"

	"kubelet-ordering/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// Waiting reasons of the kubelet.
const (
	waitingForDependencies = "WaitingForDependencies"
	dependencyFailed       = "DependencyFailed"
)

// blocker is one part of a message such as `waiting for "certs" to be Succeeded (running), "proxy" to be Ready (created)`.
var blocker = regexp.MustCompile(`"([^"]+)" to be (\w+)`)

func blockers(w facts.Wait) []dependency.Dependency {
	if w.Reason != waitingForDependencies {
		return nil
	}
	var found []dependency.Dependency
	for _, match := range blocker.FindAllStringSubmatch(w.Message, -1) {
		found = append(found, dependency.Dependency{Container: match[1], Condition: dependency.Condition(match[2])})
	}
	return found
}

// note describes a wait for anything but dependencies. A container that is about to be created needs no note.
func note(w facts.Wait) string {
	switch w.Reason {
	case "", waitingForDependencies, "ContainerCreating", "PodInitializing":
		return ""
	case dependencyFailed:
		return "can never start"
	}
	return w.Reason
}

func sameWait(a, b Span) bool { return a.Note == b.Note && slices.Equal(a.For, b.For) }

// Wait is a waiting span. Said is when the kubelet first reported the reason.
type Wait struct {
	Span
	Said time.Duration
}

// Waits returns the waiting spans of the row, with consecutive ones merged. A wait that goes on names the dependencies that are left,
// one that is over all that there were. No wait goes on if the pod is done.
func (r Row) Waits(done bool) []Wait {
	var waits []Wait
	for i, s := range r.Spans {
		if s.State != Waiting {
			continue
		}
		if i == 0 || r.Spans[i-1].State != Waiting {
			waits = append(waits, Wait{Span: s, Said: s.From})
			continue
		}
		wait := &waits[len(waits)-1]
		if len(wait.For) == 0 && wait.Note == "" {
			wait.Said = s.From
		}
		if open := !done && i == len(r.Spans)-1; open || len(wait.For) == 0 || s.Note != "" {
			wait.For, wait.Note = s.For, s.Note
		}
		wait.To = s.To
	}
	return waits
}
