// SPDX-License-Identifier: Apache-2.0

package actor

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Timeline is a list of events in the order in which they happened.
type Timeline []Moment

// Moment is one event, a line of the timeline.
type Moment struct {
	At time.Time
	// Pod is the name of the pod in which it happened, empty for what the spec did.
	Pod string
	// What names the container (or the spec) and the event, such as "app start".
	What string
}

const (
	timelineLayout = "2006-01-02T15:04:05.000Z"
	// noPod replaces the pod's name in lines that the spec writes.
	noPod = "-"
)

func parseTimeline(text string) (Timeline, error) {
	var timeline Timeline
	for line := range strings.Lines(text) {
		stamp, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		at, err := time.Parse(time.RFC3339Nano, stamp)
		if err != nil {
			return nil, fmt.Errorf("line %q does not begin with a time: %w", line, err)
		}
		pod, what, found := strings.Cut(rest, " ")
		if !found {
			return nil, fmt.Errorf("line %q does not name a pod and what happened in it", line)
		}
		if pod == noPod {
			pod = ""
		}
		timeline = append(timeline, Moment{At: at, Pod: pod, What: what})
	}
	return timeline, nil
}

// Of returns the events of one pod.
func (t Timeline) Of(pod string) Timeline {
	return slices.DeleteFunc(slices.Clone(t), func(m Moment) bool { return m.Pod != pod })
}

// Since returns the events from the first such event on, none if there is no such event.
func (t Timeline) Since(what string) Timeline {
	if i := t.Index(what); i >= 0 {
		return t[i:]
	}
	return nil
}

// String formats the timeline for the messages of failed assertions.
func (t Timeline) String() string {
	var text strings.Builder
	for _, m := range t {
		fmt.Fprintf(&text, "%9.3fs  %s\n", m.At.Sub(t[0].At).Seconds(), m.What)
	}
	return text.String()
}

// GomegaString implements gomega's format.GomegaStringer.
func (t Timeline) GomegaString() string { return "\n" + t.String() }

// What returns the What of all events.
func (t Timeline) What() []string {
	var what []string
	for _, m := range t {
		what = append(what, m.What)
	}
	return what
}

// Index returns the index of the first such event, or -1.
func (t Timeline) Index(what string) int {
	return slices.IndexFunc(t, func(m Moment) bool { return m.What == what })
}

func (t Timeline) count(what string) int {
	n := 0
	for _, m := range t {
		if m.What == what {
			n++
		}
	}
	return n
}
