// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// Event is one change, in words.
type Event struct {
	At        time.Duration
	Container string
	Text      string
}

// Events returns all changes of the timeline, ordered by time.
func (t Timeline) Events() []Event {
	var events []Event
	for _, row := range t.Rows {
		for _, s := range row.Spans {
			text := s.State.String()
			if s.State == Waiting {
				text = s.Reason()
			}
			if text != "" {
				events = append(events, Event{At: s.From, Container: row.Name, Text: text})
			}
		}
		for _, e := range row.Exits {
			text := fmt.Sprintf("exited with code %d", e.Code)
			if e.Unseen {
				text = "gone"
			}
			events = append(events, Event{At: e.At, Container: row.Name, Text: text})
		}
	}
	slices.SortStableFunc(events, func(a, b Event) int { return int(a.At - b.At) })
	return events
}

// Reason says why a container waits, or is empty.
func (s Span) Reason() string {
	if len(s.For) == 0 {
		return s.Note
	}
	return "waits for " + ListOf(s.For)
}

// Phrases say why a container waits, from the longest to the shortest text.
func (s Span) Phrases() []string {
	if len(s.For) == 0 {
		if s.Note == "" {
			return nil
		}
		return []string{s.Note}
	}
	var names []string
	for _, d := range s.For {
		names = append(names, d.Container)
	}
	list := strings.Join(names, ", ")
	return []string{s.Reason(), "waits for " + list, list}
}

// ListOf writes dependencies; consecutive ones with the same condition share it.
func ListOf(list []dependency.Dependency) string {
	var text strings.Builder
	for i, d := range list {
		text.WriteString(d.Container)
		last := i == len(list)-1
		if last || list[i+1].Condition != d.Condition {
			text.WriteString(" " + string(d.Condition))
		}
		if !last {
			text.WriteString(", ")
		}
	}
	return text.String()
}
