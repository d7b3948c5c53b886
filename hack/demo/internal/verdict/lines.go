// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"kubelet-ordering/hack/demo/internal/chart"
	"kubelet-ordering/hack/demo/internal/look"
)

// Lines write the findings as they stand below the picture.
func Lines(findings []Finding) []chart.Line {
	lines := []chart.Line{nil}
	for _, f := range findings {
		sign, colour := "✓", look.Good
		if !f.OK {
			sign, colour = "✗", look.Bad
		}
		line := append(chart.Text(" "+sign+" ", chart.Cell{Colour: &colour, Bold: true}), chart.Text(f.Text, chart.Cell{})...)
		lines = append(lines, line)
		for _, detail := range f.Details {
			lines = append(lines, chart.Text("     "+detail, chart.Cell{Colour: &look.Bad}))
		}
	}
	return lines
}
