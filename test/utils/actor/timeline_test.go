// SPDX-License-Identifier: Apache-2.0

package actor

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onsi/gomega/types"
)

const played = `2026-11-25T10:00:00.000Z web-1 proxy start
2026-11-25T10:00:00.250Z - spec proxy.ready
2026-11-25T10:00:01.000Z web-1 app start
2026-11-25T10:00:02.000Z web-2 proxy start
2026-11-25T10:00:03.000Z web-1 app start
`

func mustParse(t *testing.T, text string) Timeline {
	t.Helper()
	timeline, err := parseTimeline(text)
	if err != nil {
		t.Fatal(err)
	}
	return timeline
}

func TestTimeline(t *testing.T) {
	began := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	timeline := mustParse(t, played)
	if diff := cmp.Diff(Timeline{
		{At: began, Pod: "web-1", What: "proxy start"},
		{At: began.Add(time.Second), Pod: "web-1", What: "app start"},
		{At: began.Add(3 * time.Second), Pod: "web-1", What: "app start"},
	}, timeline.Of("web-1")); diff != "" {
		t.Errorf("one pod (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Timeline{{At: began.Add(250 * time.Millisecond), What: "spec proxy.ready"}}, timeline.Of("")); diff != "" {
		t.Errorf("the spec (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"proxy start", "spec proxy.ready", "app start", "proxy start", "app start"}, timeline.What()); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	for what, want := range map[string]Timeline{"app start": timeline[2:], "app exit": nil} {
		if diff := cmp.Diff(want, timeline.Since(what)); diff != "" {
			t.Errorf("since %q (-want +got):\n%s", what, diff)
		}
	}
	for what, want := range map[string]int{"proxy start": 0, "app start": 2, "app exit": -1} {
		if got := timeline.Index(what); got != want {
			t.Errorf("index of %q: %d, want %d", what, got, want)
		}
	}
	if got, want := timeline[:2].String(), "    0.000s  proxy start\n    0.250s  spec proxy.ready\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestTimelineErrors(t *testing.T) {
	for name, text := range map[string]string{
		"no time":   "web-1 app start\n",
		"no pod":    "2026-11-25T10:00:00.000Z app\n",
		"truncated": "2026-11-25T10:0",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parseTimeline(text); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(text)) {
				t.Errorf("got error %v, want one that quotes the line", err)
			}
		})
	}
}

func TestMatchers(t *testing.T) {
	timeline := mustParse(t, played)
	for name, tt := range map[string]struct {
		matcher types.GomegaMatcher
		// problem is a part of the failure message, empty if the matcher matches.
		problem string
	}{
		"happened":       {matcher: HaveHappened("proxy start", "app start")},
		"did not happen": {matcher: HaveHappened("proxy start", "app exit"), problem: `Did not happen: ["app exit"]`},
		"in order":       {matcher: HappenInOrder("proxy start", "spec proxy.ready", "app start")},
		"out of order": {matcher: HappenInOrder("app start", "spec proxy.ready"),
			problem: `"spec proxy.ready" happened before "app start"`},
		"in order, one is missing": {matcher: HappenInOrder("proxy start", "proxy exit"), problem: `"proxy exit" did not happen`},
		"once":                     {matcher: HappenOnce("spec proxy.ready")},
		"twice, not once":          {matcher: HappenOnce("app start"), problem: `"app start" happened 2 times, not 1`},
		"twice":                    {matcher: HappenTimes(2, "app start", "proxy start")},
		"never":                    {matcher: NotHappen("app exit")},
		"once, not never":          {matcher: NotHappen("spec proxy.ready"), problem: `"spec proxy.ready" happened 1 times, not 0`},
		"once and in order":        {matcher: HappenOnceInOrder("spec proxy.ready")},
		"in order, but not once":   {matcher: HappenOnceInOrder("spec proxy.ready", "app start"), problem: `happened 2 times, not 1`},
		"exactly":                  {matcher: HappenExactly("proxy start", "spec proxy.ready", "app start", "proxy start", "app start")},
		"exactly, but for one":     {matcher: HappenExactly("proxy start", "spec proxy.ready", "app start", "proxy start"), problem: `"app start"]`},
		"once, but not in order":   {matcher: HappenOnceInOrder("app start", "spec proxy.ready"), problem: `happened before`},
	} {
		t.Run(name, func(t *testing.T) {
			matches, err := tt.matcher.Match(timeline)
			if err != nil {
				t.Fatal(err)
			}
			if matches != (tt.problem == "") {
				t.Errorf("got a match: %t, want %t", matches, !matches)
			}
			if !matches && !strings.Contains(tt.matcher.FailureMessage(timeline), tt.problem) {
				t.Errorf("got message %q, want one that contains %q", tt.matcher.FailureMessage(timeline), tt.problem)
			}
		})
	}
	if matches, err := NotHappen("app start").Match(Timeline(nil)); !matches || err != nil {
		t.Errorf("an empty timeline: got match %t, error %v", matches, err)
	}
	if _, err := NotHappen("app start").Match("app start"); err == nil {
		t.Error("want an error for a value that is not a Timeline")
	}
}
