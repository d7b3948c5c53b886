// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"fmt"
	"strings"
	"time"

	"kubelet-ordering/internal/look"
	"kubelet-ordering/internal/timeline"
)

// Limits for the width of the chart and of its column of names.
const (
	Narrowest = 60
	Widest    = 200
	longest   = 20
	// margin to the right of the plot has room for the sign of an exit and its code.
	margin = 5
)

// Size of the terminal. A Height of 0 means no limit.
type Size struct{ Width, Height int }

// Draw returns the chart; graph is Graph.String(), or empty. To fit the height, Draw leaves out first the space between rows, then
// the graph.
func Draw(t timeline.Timeline, graph string, size Size) []Line {
	size.Width = min(max(size.Width, Narrowest), Widest)
	p := newPlot(t, size.Width)
	legend := p.legend(graph)
	const frame = 7 // the header, the axis, the key and the space between them
	fits := func(rows int) bool { return size.Height == 0 || rows+len(legend)+frame <= size.Height }
	air := len(t.Rows) <= 12 && fits(2*len(t.Rows))
	if !air && !fits(len(t.Rows)) {
		legend = nil
	}
	lines := []Line{p.header(), blank(size.Width), p.axis()}
	for _, row := range t.Rows {
		lines = append(lines, p.row(row))
		if air {
			lines = append(lines, blank(size.Width))
		}
	}
	if !air {
		lines = append(lines, blank(size.Width))
	}
	lines = append(lines, p.key()...)
	if len(legend) > 0 {
		lines = append(lines, blank(size.Width))
	}
	lines = append(lines, legend...)
	for i := range lines {
		lines[i] = lines[i].trimmed()
	}
	return lines
}

// plot maps times to columns.
type plot struct {
	timeline.Timeline
	width, left, cells int
	horizon            time.Duration
}

func newPlot(t timeline.Timeline, width int) *plot {
	names := 0
	for _, row := range t.Rows {
		names = max(names, len(row.Name))
	}
	p := &plot{Timeline: t, width: width, left: 1 + min(names, longest) + 2}
	p.cells = width - p.left - margin
	p.horizon = look.Horizon(t.Elapsed, t.Done)
	return p
}

// column is the cell that contains the time.
func (p *plot) column(at time.Duration) int {
	return p.left + int(int64(at)*int64(p.cells)/int64(p.horizon))
}

func (p *plot) header() Line {
	line := blank(p.width)
	colour := look.Phase(p.Outcome())
	at := line.write(1, p.Name, Cell{Bold: true})
	phase := string(p.Outcome())
	if phase == "" {
		phase = "waiting for the kubelet to see the pod"
	}
	at = line.write(at+2, "● "+phase, Cell{Colour: &colour, Bold: true})
	if p.Reason != "" {
		at = line.write(at+1, "("+p.Reason+")", Cell{Colour: &colour})
	}
	at = line.write(at+2, fmt.Sprintf("%.1f s", p.Elapsed.Seconds()), Cell{})
	right := "restartPolicy " + string(p.RestartPolicy)
	if start := p.width - 1 - len(right); start > at+2 {
		line.write(start, right, Cell{Colour: &look.Dim})
	}
	return line
}

// axis has a number wherever there is room for it, and a mark at the current time.
func (p *plot) axis() Line {
	line := blank(p.width)
	now := p.column(p.Elapsed)
	tick := look.Tick(p.horizon, p.cells/8)
	for at := time.Duration(0); at <= p.horizon; at += tick {
		label := fmt.Sprintf("%d", at/time.Second)
		if at == 0 {
			label = "0s"
		}
		column := p.column(at)
		hidden := !p.Done && column <= now && now <= column+len(label)
		if !hidden && column+len(label) <= p.width {
			line.write(column, label, Cell{Colour: &look.Dim})
		}
	}
	if !p.Done {
		line.write(now, "▾", Cell{Colour: &look.Busy, Bold: true})
	}
	return line
}

// key explains the glyphs, on as many lines as it needs.
func (p *plot) key() []Line {
	lines := []Line{blank(p.width)}
	at := 1
	add := func(sign string, colour look.Colour, word string) {
		if at+2+len(word) > p.width {
			lines = append(lines, blank(p.width))
			at = 1
		}
		line := lines[len(lines)-1]
		at = line.write(at, sign, Cell{Colour: &colour})
		at = line.write(at+1, word, Cell{Colour: &look.Dim}) + 2
	}
	for _, s := range look.All() {
		add(string(s.Glyph), s.Colour, s.Word)
	}
	add("✓", look.Good, "exit 0")
	add("✗", look.Bad, "exit n")
	return lines
}

func (p *plot) legend(graph string) []Line {
	var lines []Line
	for text := range strings.Lines(graph) {
		for _, part := range wrap(strings.TrimRight(text, "\n"), p.width-1) {
			line := blank(p.width)
			line.write(1, shorten(part, p.width-1), Cell{Colour: &look.Dim})
			lines = append(lines, line)
		}
	}
	return lines
}

// wrap breaks a line of the graph after a comma, and indents what follows to the first dependency.
func wrap(text string, limit int) []string {
	const verb = "waits for "
	var parts []string
	indent := max(strings.Index(text, verb), 0) + len(verb)
	for len(text) > limit {
		comma := strings.LastIndex(text[:limit], ", ")
		if comma < indent {
			break
		}
		parts = append(parts, text[:comma+1])
		text = strings.Repeat(" ", indent) + text[comma+2:]
	}
	return append(parts, text)
}

func shorten(text string, limit int) string {
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return string(runes[:limit-1]) + "…"
}
