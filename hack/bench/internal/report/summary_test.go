// SPDX-License-Identifier: Apache-2.0

package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSummarize(t *testing.T) {
	tests := map[string]struct {
		values []float64
		want   Summary
	}{
		"none": {},
		"one":  {values: []float64{3}, want: Summary{N: 1, Median: 3, Min: 3, Max: 3}},
		"even": {values: []float64{4, 1, 3, 2}, want: Summary{N: 4, Median: 2.5, Min: 1, Max: 4}},
		"odd":  {values: []float64{9, 1, 2}, want: Summary{N: 3, Median: 2, Min: 1, Max: 9}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Summarize(test.values)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
