// SPDX-License-Identifier: Apache-2.0

// Package markdown formats Markdown so that its source is readable too.
package markdown

import (
	"strings"
	"unicode/utf8"
)

// Align pads the cells of all tables, so that the columns line up in the source as the delimiter rows say. Cells must not contain |.
func Align(text string) string {
	var out strings.Builder
	var rows [][]string
	for line := range strings.Lines(text + "\n") {
		if strings.HasPrefix(line, "|") {
			rows = append(rows, cells(line))
			continue
		}
		write(&out, rows)
		rows = nil
		out.WriteString(line)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func cells(line string) []string {
	parts := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func write(out *strings.Builder, rows [][]string) {
	widths := map[int]int{}
	for i, row := range rows {
		for k, cell := range row {
			if i != 1 {
				widths[k] = max(widths[k], utf8.RuneCountInString(cell), 3)
			}
		}
	}
	for i, row := range rows {
		for k, cell := range row {
			right := strings.HasSuffix(rows[1][k], ":")
			space := strings.Repeat(" ", max(widths[k]-utf8.RuneCountInString(cell), 0))
			switch {
			case i == 1 && right:
				out.WriteString("|" + strings.Repeat("-", widths[k]+1) + ":")
			case i == 1:
				out.WriteString("|" + strings.Repeat("-", widths[k]+2))
			case right:
				out.WriteString("| " + space + cell + " ")
			default:
				out.WriteString("| " + cell + space + " ")
			}
		}
		out.WriteString("|\n")
	}
}
