// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/compare/internal/report"
)

// A result counts if the spec has run, or has said itself why it does not run here. What was interrupted runs again.
func TestAttemptsOf(t *testing.T) {
	specs := []report.Spec{{Name: "passes"}, {Name: "fails"}, {Name: "skips itself"}, {Name: "never came"}, {Name: "cut off"}}
	results := []report.Spec{
		{Name: "passes", State: "passed"}, {Name: "fails", State: "timedout", Message: "late"},
		{Name: "skips itself", State: "skipped", Message: "needs a GPU"}, {Name: "never came", State: "skipped"},
		{Name: "of another run", State: "passed"}, {Name: "cut off", State: "interrupted", Message: "Interrupted by User"},
	}
	got := map[string]string{}
	for _, a := range (&side{build: "b"}).attemptsOf(specs, results) {
		if a.Kubelet != "b" || a.Ended.IsZero() {
			t.Errorf("attempt: %+v", a)
		}
		got[a.Spec] = a.State
	}
	if diff := cmp.Diff(map[string]string{"passes": "passed", "fails": "timedout", "skips itself": "skipped"}, got); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
}
