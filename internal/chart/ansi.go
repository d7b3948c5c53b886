// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"fmt"
	"strings"

	"kubelet-ordering/internal/look"
)

// Depth is the colour support of a terminal.
type Depth int

// The depths.
const (
	Plain Depth = iota
	Sixteen
	Indexed
	True
)

// DepthOf reads the depth from the environment: NO_COLOR, TERM and COLORTERM.
func DepthOf(getenv func(string) string) Depth {
	term, colours := getenv("TERM"), getenv("COLORTERM")
	switch {
	case getenv("NO_COLOR") != "" || term == "dumb":
		return Plain
	case colours == "truecolor" || colours == "24bit":
		return True
	case strings.Contains(term, "256color"):
		return Indexed
	}
	return Sixteen
}

// Paint writes the line with escape sequences, one for each change of style.
func (l Line) Paint(depth Depth) string {
	if depth == Plain {
		return l.String()
	}
	var text strings.Builder
	current := ""
	for _, c := range l {
		if next := c.style(depth); next != current {
			if current != "" {
				text.WriteString("\x1b[0m")
			}
			text.WriteString(next)
			current = next
		}
		text.WriteRune(c.Rune)
	}
	if current != "" {
		text.WriteString("\x1b[0m")
	}
	return text.String()
}

func (c Cell) style(depth Depth) string {
	style := ""
	if c.Rune == ' ' {
		return style
	}
	if c.Bold {
		style = "\x1b[1m"
	}
	if c.Colour != nil {
		style += foreground(*c.Colour, depth)
	}
	return style
}

func foreground(c look.Colour, depth Depth) string {
	switch depth {
	case True:
		return fmt.Sprintf("\x1b[38;2;%d;%d;%dm", c.RGB[0], c.RGB[1], c.RGB[2])
	case Indexed:
		return fmt.Sprintf("\x1b[38;5;%dm", c.C256)
	}
	return fmt.Sprintf("\x1b[%dm", c.C16)
}
