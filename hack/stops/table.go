// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// row is one container in one stop, as the specs write it. Times are in seconds since the first container was told to stop. ToldWant and
// EndWant are the intended times, if there are any.
type row struct {
	Path      string   `json:"path"`
	Period    float64  `json:"period"`
	Container string   `json:"container"`
	ToldWant  *float64 `json:"toldWant"`
	Told      float64  `json:"told"`
	EndWant   *float64 `json:"endWant"`
	End       float64  `json:"end"`
}

// table returns a Markdown table with a row for each container.
func table(ordering, pristine []row) string {
	var text strings.Builder
	text.WriteString("| path | period | container | told, intended | told | ended, intended | ended | off | pristine: told | ended |\n")
	text.WriteString("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|\n")
	worst := 0.0
	for i, r := range ordering {
		path, period := r.Path, fmt.Sprintf("%.1f", r.Period)
		if i > 0 && ordering[i-1].Path == r.Path {
			path, period = "", ""
		}
		told, end, off := "–", "–", "–"
		if r.ToldWant != nil && r.EndWant != nil {
			d := math.Max(math.Abs(r.Told-*r.ToldWant), math.Abs(r.End-*r.EndWant))
			worst = math.Max(worst, d)
			told, end, off = fmt.Sprintf("%.2f", *r.ToldWant), fmt.Sprintf("%.2f", *r.EndWant), fmt.Sprintf("%.3f", d)
		}
		otherTold, otherEnd := "–", "–"
		if j := slices.IndexFunc(pristine, func(p row) bool { return p.Path == r.Path && p.Container == r.Container }); j >= 0 {
			otherTold, otherEnd = fmt.Sprintf("%.2f", pristine[j].Told), fmt.Sprintf("%.2f", pristine[j].End)
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %.2f | %s | %.2f | %s | %s | %s |\n",
			path, period, r.Container, told, r.Told, end, r.End, off, otherTold, otherEnd)
	}
	fmt.Fprintf(&text, "\nSeconds since the first container was told to stop. The furthest off is %.3f s.\n", worst)
	return text.String()
}
