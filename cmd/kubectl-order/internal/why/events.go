// SPDX-License-Identifier: Apache-2.0

package why

import (
	"fmt"
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
)

// When is when an event was last seen.
func When(e *v1.Event) time.Time {
	switch {
	case e.Series != nil && !e.Series.LastObservedTime.IsZero():
		return e.Series.LastObservedTime.Time
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	case !e.FirstTimestamp.IsZero():
		return e.FirstTimestamp.Time
	}
	return e.CreationTimestamp.Time
}

// First is when an event was first seen.
func First(e *v1.Event) time.Time {
	switch {
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	case !e.FirstTimestamp.IsZero():
		return e.FirstTimestamp.Time
	}
	return When(e)
}

// About is the container that an event is about, or empty.
func About(e *v1.Event) string {
	_, rest, ok := strings.Cut(e.InvolvedObject.FieldPath, "ontainers{")
	if !ok {
		return ""
	}
	return strings.TrimSuffix(rest, "}")
}

// last returns the last event of a container (or of the pod: "") that has one of the reasons.
func (a *asking) last(container string, reasons ...string) *v1.Event {
	var last *v1.Event
	for i := range a.Events {
		e := &a.Events[i]
		if About(e) == container && slices.Contains(reasons, e.Reason) && (last == nil || When(e).After(When(last))) {
			last = e
		}
	}
	return last
}

// told writes an event: "Unhealthy, 5 times, at 21:00:04: Readiness probe failed".
func told(e *v1.Event) string {
	text := e.Reason
	count := e.Count
	if e.Series != nil {
		count = e.Series.Count
	}
	if count > 1 {
		text += fmt.Sprintf(", %d times", count)
	}
	return fmt.Sprintf("%s, last at %s: %s", text, clock(When(e)), e.Message)
}

// clock writes a time. A date matters only to who looks at an old pod.
func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }
