// SPDX-License-Identifier: Apache-2.0

package schedule

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/bench/internal/shape"
)

func TestPlan(t *testing.T) {
	short := shape.Case{Kind: shape.Independent, Size: 3, WarmUp: time.Second, Period: 1}
	long := shape.Case{Kind: shape.Chain, Size: 4, WarmUp: time.Second, Period: 10}
	tests := map[string]struct {
		o    Options
		want []string
	}{
		"the order alternates, and long pods run once": {
			o: Options{Parts: []Part{Start}, Rounds: 2, Cases: []shape.Case{short, long}, Once: 15 * time.Second},
			want: []string{
				"round 1/2, runtime alone [1 3]",
				"round 1/2, ours 2 in turn, 0 together",
				"round 1/2, pristine 1 in turn, 1 together",
				"round 2/2, runtime alone [1 3]",
				"round 2/2, pristine 1 in turn, 0 together",
				"round 2/2, ours 2 in turn, 0 together",
			},
		},
		"everything in every round": {
			o: Options{Parts: []Part{Start}, Rounds: 2, Cases: []shape.Case{long}},
			want: []string{
				"round 1/2, runtime alone [1]",
				"round 1/2, ours 1 in turn, 0 together",
				"round 1/2, pristine 0 in turn, 1 together",
				"round 2/2, runtime alone [1]",
				"round 2/2, pristine 0 in turn, 1 together",
				"round 2/2, ours 1 in turn, 0 together",
			},
		},
		"the load is measured in the first round": {
			o: Options{Parts: []Part{Many, Load}, Rounds: 2, Crowd: 100, Rest: time.Minute},
			want: []string{
				"round 1/2, ours, 100 pods ordered 0s",
				"round 1/2, ours, 100 pods unordered 0s",
				"round 1/2, pristine, 100 pods unordered 0s",
				"round 1/2, pristine, 100 pods native 0s",
				"round 1/2, ours, 100 pods ordered 1m0s",
				"round 1/2, ours, 100 pods unordered 1m0s",
				"round 1/2, pristine, 100 pods unordered 1m0s",
				"round 2/2, pristine, 100 pods native 0s",
				"round 2/2, pristine, 100 pods unordered 0s",
				"round 2/2, ours, 100 pods unordered 0s",
				"round 2/2, ours, 100 pods ordered 0s",
			},
		},
		"a drain": {
			o: Options{Parts: []Part{Drain}, Rounds: 1, Crowd: 100},
			want: []string{
				"round 1/1, ours, drain of 100 pods ordered 0s",
				"round 1/1, ours, drain of 100 pods unordered 0s",
				"round 1/1, pristine, drain of 100 pods unordered 0s",
				"round 1/1, pristine, drain of 100 pods native 0s",
			},
		},
		"tenants": {
			o: Options{Parts: []Part{Tenant}, Rounds: 2, Hostile: 3, Ordinary: 2, Rest: time.Second},
			want: []string{
				"round 1/2, ours, 2 pods beside 3 hostile ones 1s",
				"round 1/2, pristine, 2 pods beside 3 hostile ones 1s",
				"round 1/2, ours, 2 pods beside 3 idle ones 1s",
				"round 1/2, pristine, 2 pods beside 3 idle ones 1s",
				"round 2/2, pristine, 2 pods beside 3 idle ones 1s",
				"round 2/2, ours, 2 pods beside 3 idle ones 1s",
				"round 2/2, pristine, 2 pods beside 3 hostile ones 1s",
				"round 2/2, ours, 2 pods beside 3 hostile ones 1s",
			},
		},
		"where the time goes, in pods that do not mostly sleep": {
			o: Options{Parts: []Part{Where}, Rounds: 1, Cases: []shape.Case{short, long, {Kind: shape.Ordinary, Size: 3}}},
			want: []string{
				"round 1/1, ours, where the time goes 2 in turn, 0 together",
				"round 1/1, pristine, where the time goes 1 in turn, 0 together",
			},
		},
		"load alone": {
			o: Options{Parts: []Part{Load}, Rounds: 2, Crowd: 9, Rest: time.Second},
			want: []string{
				"round 1/2, ours, 9 pods ordered 1s",
				"round 1/2, ours, 9 pods unordered 1s",
				"round 1/2, pristine, 9 pods unordered 1s",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, j := range Plan(test.o) {
				got = append(got, outline(j))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func outline(j Job) string {
	switch {
	case len(j.Runtime) > 0:
		return fmt.Sprintf("%s %v", j.Progress.Title, j.Runtime)
	case j.Tenants != nil:
		return fmt.Sprintf("%s %v", j.Progress.Title, j.Tenants.Rest)
	case j.Crowd != nil:
		return fmt.Sprintf("%s %v", j.Progress.Title, j.Crowd.Rest)
	}
	return fmt.Sprintf("%s %d in turn, %d together", j.Progress.Title, len(j.Pods.InTurn), len(j.Pods.Together))
}

func TestCases(t *testing.T) {
	tests := map[string]struct {
		set  Set
		only string
		want int
	}{
		"quick":                    {set: Quick, want: 4 + 2 + 3},
		"default":                  {set: Default, want: 2*(6+2) + 2*(2+2) + 1 + 3 + 4},
		"full":                     {set: Full, want: 6*(10+2+1) + 5 + 8},
		"chains of the quick ones": {set: Quick, only: "^chain", want: 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cases := Cases(test.set, regexp.MustCompile(test.only))
			if len(cases) != test.want {
				t.Errorf("got %d cases, want %d", len(cases), test.want)
			}
			seen := map[string]bool{}
			for _, c := range cases {
				if seen[c.Name()] {
					t.Errorf("%s is there twice", c.Name())
				}
				seen[c.Name()] = true
			}
		})
	}
}
