// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"fmt"
	"time"

	"kubelet-ordering/internal/look"
	"kubelet-ordering/internal/timeline"
	"kubelet-ordering/pkg/api/v1/dependency"
)

func (p *plot) row(row timeline.Row) Line {
	line := blank(p.width)
	name := Cell{Bold: true}
	if row.Role != string(dependency.Standard) {
		name = Cell{}
	}
	line.write(1, shorten(row.Name, longest), name)
	for _, s := range row.Spans {
		l := look.Of(s.State)
		from, to := p.cellsOf(s)
		for at := from; at < to; at++ {
			line.write(at, string(l.Glyph), Cell{Colour: &l.Colour})
		}
	}
	for _, wait := range row.Waits(p.Done) {
		p.reason(line, row, wait)
	}
	for _, e := range row.Exits {
		sign, colour := signOf(e)
		line.write(p.column(e.At), sign, Cell{Colour: &colour, Bold: true})
	}
	if p.Done && len(row.Exits) == 0 && len(row.Spans) > 0 {
		line.write(p.column(p.Elapsed), "∅", Cell{Colour: &look.Bad, Bold: true})
	}
	return line
}

// signOf returns the sign of an exit with its code, and its colour.
func signOf(e timeline.Exit) (string, look.Colour) {
	sign, colour := look.Exit(e)
	if e.Code != 0 && !e.Unseen {
		sign += fmt.Sprintf("%d", e.Code)
	}
	return sign, colour
}

// cellsOf gives each cell to the state at its middle. A state that lasts longer than half a cell gets at least one cell, so that a
// short stop is not lost between two others.
func (p *plot) cellsOf(s timeline.Span) (int, int) {
	half := p.horizon / time.Duration(2*p.cells)
	from, to := p.column(s.From+half), p.column(s.To+half)
	if from == to && s.To-s.From > half {
		to++
	}
	return from, to
}

// reason writes what the container waits for over the dots of the wait, in as many words as there is room for. A wait that goes on
// may use the empty space to its right. The sign of an exit that led to the wait comes first.
func (p *plot) reason(line Line, row timeline.Row, s timeline.Wait) {
	from, to := p.cellsOf(s.Span)
	for _, e := range row.Exits {
		if sign, _ := signOf(e); p.column(e.At) == from {
			from += len([]rune(sign)) - 1
		}
	}
	room, beyond := to-from-3, 0
	if !p.Done && s.To == p.Elapsed {
		beyond = p.width - to - 2
	}
	texts := s.Phrases()
	if space := max(room, beyond); len(texts) > 0 && space >= 6 {
		texts = append(texts, shorten(texts[len(texts)-1], space))
	}
	for _, text := range texts {
		length := len([]rune(text))
		switch {
		case length <= room:
			line.write(from+1, " "+text+" ", Cell{Colour: &look.Dim})
		case length <= beyond:
			line.write(to+1, text, Cell{Colour: &look.Dim})
		default:
			continue
		}
		return
	}
}
