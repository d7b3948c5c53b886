// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/term"

	"kubelet-ordering/internal/chart"
	"kubelet-ordering/internal/timeline"
)

const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	// Terminals that support these show a frame when it is complete; others ignore them.
	beginFrame = "\x1b[?2026h"
	endFrame   = "\x1b[?2026l"
	clearRight = "\x1b[K"
	clearBelow = "\x1b[J"
)

// live draws each chart over the last one. It does not use the alternate screen, so the last chart stays visible.
type live struct {
	out    *os.File
	legend string
	depth  chart.Depth
	// drawn is the number of lines above the cursor.
	drawn int
	size  chart.Size
}

func (l *live) Show(t timeline.Timeline) {
	width, height, err := term.GetSize(int(l.out.Fd()))
	if err != nil || width == 0 {
		width, height = columns(), 0
	}
	size := chart.Size{Width: width, Height: height}
	if height > 0 {
		// The cursor is below the chart.
		size.Height--
	}
	l.draw(t, size, nil)
}

// Final may scroll: nothing is drawn over it.
func (l *live) Final(t timeline.Timeline, below []chart.Line) {
	l.draw(t, chart.Size{Width: l.size.Width}, below)
	fmt.Fprint(l.out, showCursor)
}

// Interrupted draws nothing: the test node has already written its shutdown messages below the chart.
func (l *live) Interrupted(timeline.Timeline) { fmt.Fprint(l.out, showCursor) }

func (l *live) draw(t timeline.Timeline, size chart.Size, below []chart.Line) {
	var frame bytes.Buffer
	frame.WriteString(hideCursor + beginFrame)
	if l.drawn > 0 {
		fmt.Fprintf(&frame, "\r\x1b[%dA", l.drawn)
	}
	if size != l.size {
		// After a resize the terminal may have moved the lines.
		frame.WriteString(clearBelow)
		l.size = size
	}
	lines := append(chart.Draw(t, l.legend, size), below...)
	for _, line := range lines {
		frame.WriteString(line.Paint(l.depth) + clearRight + "\r\n")
	}
	frame.WriteString(clearBelow + endFrame)
	l.drawn = len(lines)
	// Ignore a terminal that has gone away: the pod ends either way.
	_, _ = l.out.Write(frame.Bytes())
}
