// SPDX-License-Identifier: Apache-2.0

package report

import "testing"

func TestRatioBeside(t *testing.T) {
	tests := map[string]struct {
		of, to []float64
		want   string
	}{
		"windows at the same time: what disturbs both does not matter": {
			of: []float64{2, 4, 40, 8}, to: []float64{1, 2, 20, 4}, want: "2.000, 2.00–2.00",
		},
		"the middle half of the ratios": {
			of: []float64{1, 2, 3, 4, 50}, to: []float64{1, 1, 1, 1, 1}, want: "3.000, 2.00–4.00",
		},
		"too few windows":     {of: []float64{3, 3}, to: []float64{2, 2}, want: "1.50"},
		"windows are missing": {of: []float64{3, 3, 3, 3}, to: []float64{2, 2, 2, 2, 2}, want: "1.50"},
		"nothing to compare":  {of: []float64{3}, want: none},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := ratioBeside(test.of, test.to); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
