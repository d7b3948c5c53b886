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

func TestSeconds(t *testing.T) {
	tests := map[string]struct {
		s        Summary
		together bool
		want     string
	}{
		"none":                       {together: true, want: "–"},
		"one":                        {s: Summary{N: 1, Median: 1.234}, want: "1.23"},
		"several":                    {s: Summary{N: 3, Median: 2, Min: 1, Max: 40}, want: "2.00 (1.00–40.00)"},
		"at the same time as others": {s: Summary{N: 1, Median: 2}, together: true, want: "2.00 †"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := seconds(test.s, test.together); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestRatio(t *testing.T) {
	tests := map[string]struct {
		of, to float64
		want   string
	}{
		"faster":           {of: 1, to: 20, want: "0.05"},
		"slower":           {of: 3, to: 2, want: "1.50"},
		"much":             {of: 123, to: 10, want: "12.3"},
		"nothing to it":    {of: 1, want: "–"},
		"nothing measured": {to: 1, want: "–"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := ratio(test.of, test.to); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
