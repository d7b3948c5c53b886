// SPDX-License-Identifier: Apache-2.0

package report

import (
	"strings"
	"unicode/utf8"
)

// table writes a Markdown table whose source is aligned too. The first columns are texts, those from index on are numbers.
func table(text *strings.Builder, header []string, index int, fill func(add func(cells ...string))) {
	rows := [][]string{header}
	fill(func(cells ...string) { rows = append(rows, cells) })
	widths := make([]int, len(header))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	for number, row := range rows {
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i >= index {
				text.WriteString("| " + space + cell + " ")
			} else {
				text.WriteString("| " + cell + space + " ")
			}
		}
		text.WriteString("|\n")
		if number == 0 {
			for i, width := range widths {
				if i >= index {
					text.WriteString("|" + strings.Repeat("-", width+1) + ":")
				} else {
					text.WriteString("|" + strings.Repeat("-", width+2))
				}
			}
			text.WriteString("|\n")
		}
	}
}
