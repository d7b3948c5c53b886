// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"slices"
)

// Summary sums up measurements of one thing, in their own unit.
type Summary struct {
	N                int
	Median, Min, Max float64
}

// Summarize returns the summary of the values, or the zero Summary for none. The median of an even number is the mean of the middle two.
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

// none is the cell of what was not measured.
const none = "–"

// spread formats the median and, of several values, the range.
func spread(s Summary, format string, scale float64) string {
	switch s.N {
	case 0:
		return none
	case 1:
		return fmt.Sprintf(format, s.Median*scale)
	}
	return fmt.Sprintf(format+" ("+format+"–"+format+")", s.Median*scale, s.Min*scale, s.Max*scale)
}

// seconds formats a spread in seconds, with a mark for a pod that did not run alone.
func seconds(s Summary, together bool) string {
	text := spread(s, "%.2f", 1)
	if together && s.N > 0 {
		text += " †"
	}
	return text
}

func ratio(of, to float64) string {
	switch value := of / to; {
	case of == 0 || to == 0:
		return none
	case value < 10:
		return fmt.Sprintf("%.2f", value)
	default:
		return fmt.Sprintf("%.1f", value)
	}
}
