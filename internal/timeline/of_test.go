// SPDX-License-Identifier: Apache-2.0

package timeline_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/internal/facts"
	"kubelet-ordering/internal/timeline"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// sketch writes a row as a line: `waiting 0-1 | starting 1-2 | exit 1 @5`.
func sketch(row timeline.Row) string {
	var parts []string
	for _, s := range row.Spans {
		part := fmt.Sprintf("%v %v-%v", s.State, s.From.Seconds(), s.To.Seconds())
		if reason := s.Reason(); reason != "" {
			part += " (" + reason + ")"
		}
		parts = append(parts, part)
	}
	for _, e := range row.Exits {
		part := fmt.Sprintf("exit %d @%v", e.Code, e.At.Seconds())
		if e.Told {
			part += " told"
		}
		if e.Unseen {
			part += " unseen"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " | ")
}

func TestOf(t *testing.T) {
	begin := time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return begin.Add(time.Duration(seconds * float64(time.Second))) }
	wait := func(s float64, message string) facts.Wait {
		return facts.Wait{From: at(s), Reason: "WaitingForDependencies", Message: message}
	}
	run := func(c facts.Record) []*facts.Run { return []*facts.Run{{Record: c}} }
	tests := map[string]struct {
		container facts.Container
		now       float64
		want      string
	}{
		"nothing is known": {now: 2, want: "waiting 0-2"},
		"waits until now": {
			container: facts.Container{Waits: []facts.Wait{wait(1, `waiting for "a" to be Ready (created)`)}},
			now:       3, want: "waiting 0-1 | waiting 1-3 (waits for a Ready)",
		},
		"the state in a message is no": {
			container: facts.Container{Waits: []facts.Wait{
				wait(1, `waiting for "a" to be Ready (created)`), wait(2, `waiting for "a" to be Ready (not ready)`),
			}},
			now: 3, want: "waiting 0-1 | waiting 1-3 (waits for a Ready)",
		},
		"can never start": {
			container: facts.Container{Waits: []facts.Wait{{From: at(1), Reason: "DependencyFailed"}}},
			now:       2, want: "waiting 0-1 | waiting 1-2 (can never start)",
		},
		"created, not started": {
			container: facts.Container{Runs: run(facts.Record{Created: at(1)})},
			now:       3, want: "waiting 0-1 | starting 1-3",
		},
		"ready when it runs, without a probe": {
			container: facts.Container{Runs: run(facts.Record{Created: at(1), Started: at(2), Finished: at(5), ExitCode: 1})},
			now:       6, want: "waiting 0-1 | starting 1-2 | ready 2-5 | exit 1 @5",
		},
		"ready comes and goes": {
			container: facts.Container{
				Traits: facts.Traits{Readiness: true},
				Runs:   []*facts.Run{{Record: facts.Record{ID: "x", Created: at(1), Started: at(2)}}},
				Ready:  []facts.Turn{{Run: "x", At: at(2.5)}, {Run: "x", At: at(3), On: true}, {Run: "x", At: at(4)}},
			},
			now: 6, want: "waiting 0-1 | starting 1-2 | running 2-3 | ready 3-4 | running 4-6",
		},
		"a hook runs before the signal": {
			container: facts.Container{
				Traits: facts.Traits{PreStop: true},
				Runs: []*facts.Run{{
					Record: facts.Record{Created: at(1), Started: at(2), Finished: at(5), ExitCode: 143}, Told: at(3), Signalled: at(4),
				}},
			},
			now: 6, want: "waiting 0-1 | starting 1-2 | ready 2-3 | preStop 3-4 | stopping 4-5 | exit 143 @5 told",
		},
		"a hook runs as soon as the pod begins to stop": {
			container: facts.Container{
				Traits: facts.Traits{PreStop: true, AtTermination: true},
				Runs: []*facts.Run{{
					Record:    facts.Record{Created: at(1), Started: at(2), Finished: at(7), ExitCode: 143},
					HookBegan: at(3), HookEnded: at(4), Told: at(5), Signalled: at(5),
				}},
			},
			now: 8, want: "waiting 0-1 | starting 1-2 | ready 2-3 | preStop 3-4 | ready 4-5 | stopping 5-7 | exit 143 @7 told",
		},
		"such a hook lasts into the container's turn": {
			container: facts.Container{
				Traits: facts.Traits{PreStop: true, AtTermination: true},
				Runs: []*facts.Run{{
					Record:    facts.Record{Created: at(1), Started: at(2), Finished: at(7), ExitCode: 143},
					HookBegan: at(3), HookEnded: at(6), Told: at(5), Signalled: at(6),
				}},
			},
			now: 8, want: "waiting 0-1 | starting 1-2 | ready 2-3 | preStop 3-6 | stopping 6-7 | exit 143 @7 told",
		},
		"such a hook still runs": {
			container: facts.Container{
				Traits: facts.Traits{PreStop: true, AtTermination: true},
				Runs:   []*facts.Run{{Record: facts.Record{Created: at(1), Started: at(2)}, HookBegan: at(3)}},
			},
			now: 4, want: "waiting 0-1 | starting 1-2 | ready 2-3 | preStop 3-4",
		},
		"the hook still runs": {
			container: facts.Container{
				Traits: facts.Traits{PreStop: true},
				Runs:   []*facts.Run{{Record: facts.Record{Created: at(1), Started: at(2)}, Told: at(3)}},
			},
			now: 4, want: "waiting 0-1 | starting 1-2 | ready 2-3 | preStop 3-4",
		},
		"a restart": {
			container: facts.Container{Runs: []*facts.Run{
				{Record: facts.Record{ID: "x", Created: at(1), Started: at(2), Finished: at(3), ExitCode: 1}},
				{Record: facts.Record{ID: "y", Created: at(4), Started: at(5)}},
			}},
			now: 6, want: "waiting 0-1 | starting 1-2 | ready 2-3 | waiting 3-4 | starting 4-5 | ready 5-6 | exit 1 @3",
		},
		"back-off": {
			container: facts.Container{
				Runs:  []*facts.Run{{Record: facts.Record{Created: at(1), Started: at(2), Finished: at(3), ExitCode: 1}}},
				Waits: []facts.Wait{{From: at(4), Reason: "CrashLoopBackOff"}},
			},
			now: 6, want: "waiting 0-1 | starting 1-2 | ready 2-3 | waiting 3-4 | waiting 4-6 (CrashLoopBackOff) | exit 1 @3",
		},
		"its end was not seen": {
			container: facts.Container{Runs: run(facts.Record{Created: at(1), Started: at(2), Finished: at(3), Lost: true})},
			now:       6, want: "waiting 0-1 | starting 1-2 | ready 2-3 | exit 0 @3 unseen",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pod := &facts.Pod{Begin: begin, RestartPolicy: v1.RestartPolicyNever, Containers: []*facts.Container{&test.container}}
			got := sketch(timeline.Of(pod, nil, at(test.now)).Rows[0])
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWaits(t *testing.T) {
	wait := func(from, to int, note string, names ...string) timeline.Span {
		s := timeline.Span{State: timeline.Waiting, From: time.Duration(from), To: time.Duration(to), Note: note}
		for _, name := range names {
			s.For = append(s.For, dependency.Dependency{Container: name, Condition: dependency.Ready})
		}
		return s
	}
	up := timeline.Span{State: timeline.Ready, From: 3, To: 4}
	tests := map[string]struct {
		spans []timeline.Span
		done  bool
		want  []timeline.Wait
	}{
		"none": {spans: []timeline.Span{up}},
		"nothing is said of it": {
			spans: []timeline.Span{wait(0, 3, ""), up},
			want:  []timeline.Wait{{Span: wait(0, 3, "")}},
		},
		"one that is over": {
			spans: []timeline.Span{wait(0, 1, ""), wait(1, 2, "", "a", "b"), wait(2, 3, "", "b"), up},
			want:  []timeline.Wait{{Span: wait(0, 3, "", "a", "b"), Said: 1}},
		},
		"one that goes on": {
			spans: []timeline.Span{wait(0, 1, "", "a", "b"), wait(1, 2, "", "b")},
			want:  []timeline.Wait{{Span: wait(0, 2, "", "b")}},
		},
		"one that went on until now": {
			spans: []timeline.Span{wait(0, 1, "", "a", "b"), wait(1, 2, "", "b")},
			done:  true,
			want:  []timeline.Wait{{Span: wait(0, 2, "", "a", "b")}},
		},
		"in vain": {
			spans: []timeline.Span{wait(0, 1, "", "a"), wait(1, 2, "can never start")},
			done:  true,
			want:  []timeline.Wait{{Span: wait(0, 2, "can never start")}},
		},
		"one before each run": {
			spans: []timeline.Span{wait(0, 3, "", "a"), up, wait(4, 5, "CrashLoopBackOff")},
			want:  []timeline.Wait{{Span: wait(0, 3, "", "a")}, {Span: wait(4, 5, "CrashLoopBackOff"), Said: 4}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, timeline.Row{Spans: test.spans}.Waits(test.done)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
