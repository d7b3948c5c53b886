// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/compare/internal/choice"
	"kubelet-ordering/hack/compare/internal/record"
	"kubelet-ordering/hack/compare/internal/report"
	"kubelet-ordering/hack/internal/progress"
)

// A result counts if the spec has run, or has said itself why it does not run here. What was interrupted runs again, and so does what
// was cut short by the limit of the run, unless it is what used the time up.
func TestAttemptsOf(t *testing.T) {
	const suite = "A suite timeout occurred"
	specs := []report.Spec{{Name: "passes"}, {Name: "fails"}, {Name: "skips itself"}, {Name: "cut off"}, {Name: "cut short"}, {Name: "hangs"},
		{Name: "in a dry run"}, {Name: "after a failure"}}
	results := []report.Spec{
		{Name: "passes", State: "passed", Took: 1}, {Name: "fails", State: "timedout", Message: "A spec timeout occurred", Took: 1},
		{Name: "skips itself", State: "skipped", Message: "needs a GPU", Took: 1},
		{Name: "of another run", State: "passed", Took: 1}, {Name: "in a dry run", State: "passed"},
		{Name: "after a failure", State: "skipped", Message: "an earlier spec failed"}, {Name: "cut off", State: "interrupted", Took: 1},
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
	want := map[string]string{"passes": "passed", "fails": "timedout", "skips itself": "skipped", "hangs": "timedout", "after a failure": "skipped"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
}

func TestArguments(t *testing.T) {
	c := &comparison{root: "/r", procs: 4, limit: time.Hour, slow: 4, gates: "A=true"}
	for name, tt := range map[string]struct {
		side   *side
		way    choice.Way
		want   []string
		absent string
	}{
		"an ordinary run": {&side{}, choice.Way{}, []string{"-procs 4", "-focus (a)$", "-timeout 1h0m0s"}, "gates"},
		"a serial run":    {&side{}, choice.Way{Serial: true}, nil, "-procs"},
		"a disk to fill":  {&side{}, choice.Way{Serial: true, Disk: true}, []string{" -disk 8 "}, "-procs"},
		"gate off":        {&side{gates: "O=false"}, choice.Way{}, []string{"-feature-gates O=false"}, "service"},
		"more gates":      {&side{}, choice.Way{Gates: true}, []string{" -feature-gates A=true", "-service-feature-gates A=true"}, ","},
		"gates and gates": {&side{gates: "O=false"}, choice.Way{Gates: true}, []string{" -feature-gates O=false,A=true"}, ""},
		"no API server":   {&side{}, choice.Way{Standalone: true}, []string{"-- --standalone-mode=true"}, "cri-proxy"},
		"a machine of its own": {&side{machine: true}, choice.Way{Disk: true},
			[]string{"machine -slow 4 -limit 1h10m0s -- /r/_output/node/bin/testnode e2e ", " -systemd ", " -timeout 15m0s "}, "-procs"},
		"a proxy": {&side{}, choice.Way{CRIProxy: true}, []string{"-- --cri-proxy-enabled=true"}, "standalone"},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(c.arguments(tt.side, choice.Run{Way: tt.way, Specs: []report.Spec{{Name: "a"}}}, "/d"), " ")
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

// On a machine without results the comparison goes on from the table, as far as that is about the same kubelets.
func TestResume(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "table.csv")
	const read = "spec,fresh (b),rebuilt (b),begun (b),left out,fresh says,rebuilt says,begun says\n" +
		"a,\"pass, fail\",pass,pass,,no,,\n" + "b,not run,pass,pass,,,,\n"
	if err := os.WriteFile(path, []byte(read), 0o600); err != nil {
		t.Fatal(err)
	}
	own := []record.Attempt{{Spec: "c", State: "passed", Kubelet: "b"}}
	sides := map[string]*side{"fresh": {build: "b"}, "rebuilt": {build: "b2"}, "begun": {build: "b", attempts: map[string][]record.Attempt{"c": own}}}
	c := &comparison{from: path, log: progress.New("test", io.Discard)}
	for name, s := range sides {
		s.name, s.log = name, record.NewLog(dir, name)
		c.sides = append(c.sides, s)
	}
	if err := c.resume(); err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string][]record.Attempt{
		"fresh":   {"a": {{Spec: "a", State: "passed", Kubelet: "b"}, {Spec: "a", State: "failed", Kubelet: "b", Message: "no"}}},
		"rebuilt": nil,
		"begun":   {"c": own},
	}
	for name, s := range sides {
		if diff := cmp.Diff(want[name], s.attempts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if logged, err := sides["fresh"].log.Attempts("b"); err != nil || !cmp.Equal(want["fresh"], logged) {
		t.Errorf("recorded here: %+v, %v", logged, err)
	}
	c.from = filepath.Join(dir, "none.csv")
	if err := c.resume(); err != nil {
		t.Errorf("without a table: %v", err)
	}
}

// What an Ordered container has in common runs again, but only what is missing counts: a run that leaves as much missing was in vain.
func TestDue(t *testing.T) {
	specs := []report.Spec{{Name: "a"}, {Name: "o 1", Ordered: "o"}, {Name: "o 2", Ordered: "o"}}
	s := &side{attempts: map[string][]record.Attempt{"a": make([]record.Attempt, 2), "o 1": make([]record.Attempt, 3)}}
	due, missing := s.due(specs, 2)
	if diff := cmp.Diff(specs[1:], due); diff != "" || missing != 2 {
		t.Errorf("%d results are missing, want 2; due (-want +got):\n%s", missing, diff)
	}
}
