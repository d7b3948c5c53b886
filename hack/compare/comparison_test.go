// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/compare/internal/choice"
	"kubelet-ordering/hack/compare/internal/report"
)

// A result counts if the spec has run, or has said itself why it does not run here. What was interrupted runs again, and so does what
// was cut short by the limit of the run, unless it is what used the time up.
func TestAttemptsOf(t *testing.T) {
	const suite = "A suite timeout occurred"
	specs := []report.Spec{{Name: "passes"}, {Name: "fails"}, {Name: "skips itself"}, {Name: "cut off"}, {Name: "cut short"}, {Name: "hangs"},
		{Name: "in a dry run"}}
	results := []report.Spec{
		{Name: "passes", State: "passed", Took: 1}, {Name: "fails", State: "timedout", Message: "A spec timeout occurred", Took: 1},
		{Name: "skips itself", State: "skipped", Message: "needs a GPU", Took: 1},
		{Name: "of another run", State: "passed", Took: 1}, {Name: "in a dry run", State: "passed"}, {Name: "cut off", State: "interrupted", Took: 1},
		{Name: "cut short", State: "timedout", Message: suite, Took: time.Minute},
		{Name: "hangs", State: "timedout", Message: suite, Took: 39 * time.Minute},
	}
	got := map[string]string{}
	for _, a := range (&side{build: "b"}).attemptsOf(specs, results, 40*time.Minute) {
		if a.Kubelet != "b" || a.Ended.IsZero() {
			t.Errorf("attempt: %+v", a)
		}
		got[a.Spec] = a.State
	}
	want := map[string]string{"passes": "passed", "fails": "timedout", "skips itself": "skipped", "hangs": "timedout"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
}

func TestArguments(t *testing.T) {
	c := &comparison{root: "/r", procs: 4, limit: time.Hour, gates: "A=true"}
	for name, tt := range map[string]struct {
		side   side
		way    choice.Way
		want   []string
		absent string
	}{
		"an ordinary run": {side{}, choice.Way{}, []string{"-procs 4", "-focus (a)$", "-timeout 1h0m0s"}, "gates"},
		"a serial run":    {side{}, choice.Way{Serial: true}, nil, "-procs"},
		"gate off":        {side{gates: "O=false"}, choice.Way{}, []string{"-feature-gates O=false"}, "service"},
		"more gates":      {side{}, choice.Way{Gates: true}, []string{" -feature-gates A=true", "-service-feature-gates A=true"}, ","},
		"gates and gates": {side{gates: "O=false"}, choice.Way{Gates: true}, []string{" -feature-gates O=false,A=true"}, ""},
		"no API server":   {side{}, choice.Way{Standalone: true}, []string{"-- --standalone-mode=true"}, "cri-proxy"},
		"a proxy":         {side{}, choice.Way{CRIProxy: true}, []string{"-- --cri-proxy-enabled=true"}, "standalone"},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(c.arguments(&tt.side, choice.Run{Way: tt.way, Specs: []report.Spec{{Name: "a"}}}, "/d"), " ")
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("%q is missing in %q", want, got)
				}
			}
			if tt.absent != "" && strings.Contains(got, tt.absent) {
				t.Errorf("%q is in %q", tt.absent, got)
			}
		})
	}
}
