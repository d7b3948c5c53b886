// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
)

// none stands for what was not measured.
const none = "–"

// spread is the median, and how far the values lie apart.
func spread(s Summary, format string, scale float64) string {
	switch s.N {
	case 0:
		return none
	case 1:
		return fmt.Sprintf(format, s.Median*scale)
	}
	return fmt.Sprintf(format+" ("+format+"–"+format+")", s.Median*scale, s.Min*scale, s.Max*scale)
}

// seconds is such a cell; the mark is for a pod that did not run alone.
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
