// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/compare/internal/choice"
	"kubelet-ordering/hack/compare/internal/record"
	"kubelet-ordering/hack/compare/internal/report"
	"kubelet-ordering/hack/compare/internal/table"
)

// A spec gets a machine of its own if that may cure it. Why it fails here does not explain a failure there.
func TestForMachine(t *testing.T) {
	row := func(name, leftOut, known string) table.Row {
		return table.Row{Spec: report.Spec{Name: name}, LeftOut: leftOut, Known: known}
	}
	attempts := func(states ...string) (all []record.Attempt) {
		for _, state := range states {
			all = append(all, record.Attempt{State: state})
		}
		return all
	}
	rows := []table.Row{
		row("shutdown passes", "", ""), row("shutdown passes sometimes", "", ""), row("shutdown fails", "", "This node has no logind"),
		row("shutdown skips itself", "", ""), row("shutdown has not run", "", ""), row("shutdown is left out", "It hangs", ""),
		row("shutdown fails there", "", knownThere+" it has one processor"), row("another fails", "", ""),
	}
	pristine := table.Side{Attempts: map[string][]record.Attempt{
		"shutdown passes": attempts("passed"), "shutdown passes sometimes": attempts("failed", "passed"), "shutdown fails": attempts("failed"),
		"shutdown skips itself": attempts("skipped"), "shutdown fails there": attempts("failed"), "another fails": attempts("failed"),
	}}
	named := []choice.Explanation{{Pattern: regexp.MustCompile("^shutdown"), Reason: "It needs a logind."}}
	want := []table.Row{
		row("shutdown fails", "", ""), row("shutdown skips itself", "", ""), row("shutdown has not run", "", ""),
		row("shutdown fails there", "", knownThere+" it has one processor"),
	}
	if diff := cmp.Diff(want, forMachine(rows, pristine, named)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// A reason for a failure in user-mode Linux is only found by its first words.
func TestKnownThere(t *testing.T) {
	known, err := explanations(filepath.Join("..", ".."), "compare.known")
	if err != nil {
		t.Fatal(err)
	}
	there := 0
	for _, k := range known {
		if !strings.Contains(strings.ToLower(k.Reason), strings.ToLower("user-mode Linux")) {
			continue
		}
		there++
		if !strings.HasPrefix(k.Reason, knownThere) {
			t.Errorf("the reason %q of %s does not begin with %q", k.Reason, k.Pattern, knownThere)
		}
	}
	if there == 0 {
		t.Error("no reason is about user-mode Linux: knownThere is of no use")
	}
}
