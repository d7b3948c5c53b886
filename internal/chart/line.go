// SPDX-License-Identifier: Apache-2.0

// Package chart draws a timeline as lines of characters.
package chart

import (
	"strings"
	"unicode/utf8"

	"kubelet-ordering/internal/look"
)

// Cell is one character. A nil Colour means the terminal's default.
type Cell struct {
	Rune   rune
	Colour *look.Colour
	Bold   bool
}

// Line is one line of the chart.
type Line []Cell

// write writes the text at a column, cuts off what does not fit, and returns the column after it.
func (l Line) write(at int, text string, style Cell) int {
	for _, r := range text {
		if at >= 0 && at < len(l) {
			style.Rune = r
			l[at] = style
		}
		at++
	}
	return at
}

func blank(width int) Line {
	line := make(Line, width)
	for i := range line {
		line[i].Rune = ' '
	}
	return line
}

// trimmed returns the line without trailing blanks.
func (l Line) trimmed() Line {
	end := len(l)
	for end > 0 && l[end-1].Rune == ' ' {
		end--
	}
	return l[:end]
}

// String returns the line without colours.
func (l Line) String() string {
	var text strings.Builder
	for _, c := range l {
		text.WriteRune(c.Rune)
	}
	return text.String()
}

// Text returns a line in one style.
func Text(text string, style Cell) Line {
	line := blank(utf8.RuneCountInString(text))
	line.write(0, text, style)
	return line
}
