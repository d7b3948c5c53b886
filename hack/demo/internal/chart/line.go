// SPDX-License-Identifier: Apache-2.0

// Package chart draws a timeline as lines of characters.
package chart

import (
	"strings"
	"unicode/utf8"

	"kubelet-ordering/hack/demo/internal/look"
)

// Cell is one character. A nil colour is the terminal's own.
type Cell struct {
	Rune   rune
	Colour *look.Colour
	Bold   bool
}

// Line is one line of the picture.
type Line []Cell

// write puts a text at a column, and cuts off what does not fit.
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

// trimmed is the line without the blanks at its end.
func (l Line) trimmed() Line {
	end := len(l)
	for end > 0 && l[end-1].Rune == ' ' {
		end--
	}
	return l[:end]
}

// String is the line without colours.
func (l Line) String() string {
	var text strings.Builder
	for _, c := range l {
		text.WriteRune(c.Rune)
	}
	return text.String()
}

// Text is a line of one style.
func Text(text string, style Cell) Line {
	line := blank(utf8.RuneCountInString(text))
	line.write(0, text, style)
	return line
}
