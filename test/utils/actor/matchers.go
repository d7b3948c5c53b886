// SPDX-License-Identifier: Apache-2.0

package actor

import (
	"fmt"
	"slices"

	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
)

// timelineMatcher matches a Timeline. It avoids the e2e framework, because importing that changes a suite's spec names and log.
type timelineMatcher struct {
	// problem says why a timeline does not match; it is empty if it does.
	problem func(Timeline) string
	last    string
}

// Match implements types.GomegaMatcher.
func (m *timelineMatcher) Match(actual any) (bool, error) {
	t, ok := actual.(Timeline)
	if !ok {
		return false, gomega.StopTrying(fmt.Sprintf("the matcher takes a Timeline, not %T", actual))
	}
	m.last = m.problem(t)
	return m.last == "", nil
}

// FailureMessage implements types.GomegaMatcher.
func (m *timelineMatcher) FailureMessage(any) string { return m.last }

// NegatedFailureMessage implements types.GomegaMatcher.
func (m *timelineMatcher) NegatedFailureMessage(actual any) string {
	return fmt.Sprintf("The timeline matches, but should not:\n%s", actual)
}

// HaveHappened matches a timeline in which all of these happened.
func HaveHappened(what ...string) types.GomegaMatcher {
	return &timelineMatcher{problem: func(t Timeline) string {
		var missing []string
		for _, w := range what {
			if t.Index(w) < 0 {
				missing = append(missing, w)
			}
		}
		if len(missing) == 0 {
			return ""
		}
		return fmt.Sprintf("Did not happen: %q. What did:\n%s", missing, t)
	}}
}

// HappenInOrder matches a timeline in which the first occurrences of these are in the given order. Anything else may have happened in
// between.
func HappenInOrder(what ...string) types.GomegaMatcher {
	return &timelineMatcher{problem: func(t Timeline) string {
		for i, w := range what {
			at := t.Index(w)
			if at < 0 {
				return fmt.Sprintf("%q did not happen. What did:\n%s", w, t)
			}
			if i > 0 && at < t.Index(what[i-1]) {
				return fmt.Sprintf("%q happened before %q:\n%s", w, what[i-1], t)
			}
		}
		return ""
	}}
}

// HappenOnceInOrder matches a timeline in which each of these happened exactly once, in the given order.
func HappenOnceInOrder(what ...string) types.GomegaMatcher {
	return gomega.And(HappenInOrder(what...), HappenOnce(what...))
}

// HappenExactly matches a timeline in which these happened in the given order, each as often as it is given. Anything else may have
// happened in between.
func HappenExactly(what ...string) types.GomegaMatcher {
	return &timelineMatcher{problem: func(t Timeline) string {
		happened := slices.DeleteFunc(t.What(), func(w string) bool { return !slices.Contains(what, w) })
		if slices.Equal(happened, what) {
			return ""
		}
		return fmt.Sprintf("Happened in the order %q, not %q:\n%s", happened, what, t)
	}}
}

// HappenOnce matches a timeline in which each of these happened exactly once.
func HappenOnce(what ...string) types.GomegaMatcher { return HappenTimes(1, what...) }

// NotHappen matches a timeline in which none of these happened.
func NotHappen(what ...string) types.GomegaMatcher { return HappenTimes(0, what...) }

// HappenAgain matches a timeline in which each of these happened twice or more.
func HappenAgain(what ...string) types.GomegaMatcher {
	return &timelineMatcher{problem: func(t Timeline) string {
		for _, w := range what {
			if n := t.count(w); n < 2 {
				return fmt.Sprintf("%q happened %d times, not twice or more", w, n)
			}
		}
		return ""
	}}
}

// HappenTimes matches a timeline in which each of these happened exactly the given number of times.
func HappenTimes(times int, what ...string) types.GomegaMatcher {
	return &timelineMatcher{problem: func(t Timeline) string {
		for _, w := range what {
			if n := t.count(w); n != times {
				return fmt.Sprintf("%q happened %d times, not %d:\n%s", w, n, times, t)
			}
		}
		return ""
	}}
}
