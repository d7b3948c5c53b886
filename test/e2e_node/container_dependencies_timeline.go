// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onsi/gomega/types"

	"k8s.io/kubernetes/test/e2e/framework"
)

// dependencyTimeline is what happened in the order in which it happened.
type dependencyTimeline []dependencyMoment

// dependencyMoment is one line of a timeline.
type dependencyMoment struct {
	at time.Time
	// what is who and what: "app start".
	what string
}

const timelineLayout = "2006-01-02T15:04:05.000Z"

func parseDependencyTimeline(text string) (dependencyTimeline, error) {
	var timeline dependencyTimeline
	for line := range strings.Lines(text) {
		stamp, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		at, err := time.Parse(time.RFC3339Nano, stamp)
		if err != nil {
			return nil, fmt.Errorf("line %q does not begin with a time: %w", line, err)
		}
		timeline = append(timeline, dependencyMoment{at: at, what: what})
	}
	return timeline, nil
}

// String draws the timeline for the message of a failed assertion.
func (t dependencyTimeline) String() string {
	var text strings.Builder
	for _, m := range t {
		fmt.Fprintf(&text, "%9.3fs  %s\n", m.at.Sub(t[0].at).Seconds(), m.what)
	}
	return text.String()
}

// GomegaString implements gomega's format.GomegaStringer.
func (t dependencyTimeline) GomegaString() string { return "\n" + t.String() }

func (t dependencyTimeline) count(what string) int {
	n := 0
	for _, m := range t {
		if m.what == what {
			n++
		}
	}
	return n
}

// indexOf returns where something happened first, or -1.
func (t dependencyTimeline) indexOf(what string) int {
	return slices.IndexFunc(t, func(m dependencyMoment) bool { return m.what == what })
}

// haveHappened matches a timeline that has all of these.
func haveHappened(what ...string) types.GomegaMatcher {
	return framework.MakeMatcher(func(t dependencyTimeline) (func() string, error) {
		var missing []string
		for _, w := range what {
			if t.indexOf(w) < 0 {
				missing = append(missing, w)
			}
		}
		if len(missing) == 0 {
			return nil, nil
		}
		return func() string { return fmt.Sprintf("Did not happen: %q. What did:\n%s", missing, t) }, nil
	})
}

// happenInOrder matches a timeline in which each of these happened for the first time after the one named before it
// had. Anything else may have happened in between.
func happenInOrder(what ...string) types.GomegaMatcher {
	return framework.MakeMatcher(func(t dependencyTimeline) (func() string, error) {
		for i, w := range what {
			at := t.indexOf(w)
			if at < 0 {
				return func() string { return fmt.Sprintf("%q did not happen. What did:\n%s", w, t) }, nil
			}
			if i > 0 && at < t.indexOf(what[i-1]) {
				return func() string { return fmt.Sprintf("%q happened before %q:\n%s", w, what[i-1], t) }, nil
			}
		}
		return nil, nil
	})
}

// happenOnce matches a timeline in which each of these happened exactly once.
func happenOnce(what ...string) types.GomegaMatcher {
	return happenTimes(1, what...)
}

// notHappen matches a timeline in which none of these happened.
func notHappen(what ...string) types.GomegaMatcher {
	return happenTimes(0, what...)
}

func happenTimes(times int, what ...string) types.GomegaMatcher {
	return framework.MakeMatcher(func(t dependencyTimeline) (func() string, error) {
		for _, w := range what {
			if n := t.count(w); n != times {
				return func() string { return fmt.Sprintf("%q happened %d times, not %d:\n%s", w, n, times, t) }, nil
			}
		}
		return nil, nil
	})
}
