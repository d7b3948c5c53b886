// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"testing"
)

func TestTimeline(t *testing.T) {
	t.Setenv("COLUMNS", "100")
	tests := map[string]string{
		"running":  "timeline running",
		"waiting":  "timeline mission",
		"stopping": "timeline stopping",
		"done":     "timeline done",
		"stock":    "timeline stock",
		"held":     "timeline held",
		"saved":    "timeline -f testdata/saved.yaml",
		"json":     "timeline stopping -o json",
		"svg":      "timeline running -o svg",
		"template": "timeline deployment/web",
		"several":  "timeline running stopping",
		"watch-f":  "timeline -w -f testdata/saved.yaml",
		"traces":   "timeline running --traces testdata/traces.json -o json",
		"drawn":    "timeline running --traces testdata/traces.json",
		"others":   "timeline stopping --traces testdata/traces.json",
		"no-file":  "timeline running --traces testdata/absent.json",
		"no-otlp":  "timeline running --traces testdata/mission.yaml",
		"recorded": "timeline -f testdata/recorded/traced.yaml --traces testdata/recorded-traces.json",
		"watched":  "timeline running --traces testdata/traces.json -w",
	}
	for name, line := range tests {
		t.Run(name, func(t *testing.T) {
			checkGolden(t, "timeline-"+name+".txt", run(t, cluster(t), "", strings.Fields(line)...).all())
		})
	}
}

// TestWatchEnds watches a pod that has ended.
func TestWatchEnds(t *testing.T) {
	t.Setenv("COLUMNS", "100")
	got := run(t, cluster(t), "", "timeline", "done", "-w")
	if got.code != Fine || strings.Count(got.out, "exited with code 143\n") != 1 || !strings.Contains(got.out, "● Succeeded") {
		t.Errorf("got %s", got.all())
	}
}

// TestWatchFollows watches a pod that is deleted after the first look.
func TestWatchFollows(t *testing.T) {
	t.Setenv("COLUMNS", "100")
	api := cluster(t)
	api.After = map[string]int{"/api/v1/namespaces/default/pods/running": 2}
	got := run(t, api, "", "timeline", "running", "-w")
	if got.code != Fine || !strings.Contains(got.out, "pod Running") {
		t.Errorf("got %s", got.all())
	}
	if n := api.Asked()["/api/v1/namespaces/default/pods/running"]; n != 3 {
		t.Errorf("it asked %d times", n)
	}
}

func TestTimelineRefusesNames(t *testing.T) {
	if got := run(t, cluster(t), hostile, "timeline", "-f", "-"); got.code != Failed || strings.ContainsAny(got.all(), "\x1b\x07") {
		t.Errorf("got %q", got.all())
	}
}

func TestChain(t *testing.T) {
	tests := map[string]string{
		"running":   "critical-chain running",
		"container": "critical-chain running -c proxy",
		"json":      "critical-chain running -o json",
		"waiting":   "critical-chain mission",
		"unknown":   "critical-chain running -c nobody",
	}
	for name, line := range tests {
		t.Run(name, func(t *testing.T) {
			checkGolden(t, "chain-"+name+".txt", run(t, cluster(t), "", strings.Fields(line)...).all())
		})
	}
}
