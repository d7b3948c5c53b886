// SPDX-License-Identifier: Apache-2.0

package report

import "slices"

// Summary is what is told of several measurements of one thing, in their own unit.
type Summary struct {
	N                int
	Median, Min, Max float64
}

// Summarize sums up the values; the median of an even number of them is the mean of the middle two. No values make the zero Summary.
func Summarize(values []float64) Summary {
	if len(values) == 0 {
		return Summary{}
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + median) / 2
	}
	return Summary{N: len(sorted), Median: median, Min: sorted[0], Max: sorted[len(sorted)-1]}
}
