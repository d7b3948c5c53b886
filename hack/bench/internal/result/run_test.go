// SPDX-License-Identifier: Apache-2.0

package result

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRun(t *testing.T) {
	r := Run{Samples: []Sample{
		{Subject: Ours, Case: "a", Metric: Start, Value: 1},
		{Subject: Ours, Case: "a", Metric: Start, Failure: "no"},
		{Subject: Ours, Case: "b", Metric: Start, Value: 2},
	}}
	if diff := cmp.Diff([]float64{1}, r.Values(Ours, "a", Start)); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(r.Samples[1:2], r.Failures()); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}
