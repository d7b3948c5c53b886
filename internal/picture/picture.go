// SPDX-License-Identifier: Apache-2.0

// Package picture draws a timeline as an SVG picture, in the colours of the terminal.
package picture

import (
	"fmt"
	"time"

	"kubelet-ordering/internal/look"
	"kubelet-ordering/internal/svg"
	"kubelet-ordering/internal/timeline"
)

// Dimensions of the picture, in pixels.
const (
	width     = 960
	top       = 78 // of the first row
	rowHeight = 34
	barHeight = 16
	right     = 60
	edge      = 24
	signWidth = 14 // of an exit, to the right of its middle
	// noteHeight is the height of the line below the key.
	noteHeight = 20
)

// picture is an SVG picture that maps times and rows to coordinates.
type picture struct {
	*svg.Picture
	timeline.Timeline
	left, bottom float64
	horizon      time.Duration
}

// Draw returns the picture.
func Draw(t timeline.Timeline) []byte {
	names := 0
	for _, row := range t.Rows {
		names = max(names, len(row.Name))
	}
	bottom := float64(top + rowHeight*len(t.Rows))
	height := bottom + 58
	if t.Note != "" {
		height += noteHeight
	}
	p := &picture{
		Picture:  svg.New(width, height, fmt.Sprintf("How the containers of pod %s started and stopped", t.Name), tones(), patterns()),
		Timeline: t, left: float64(edge + 9*names + 18), bottom: bottom, horizon: look.Horizon(t.Elapsed, t.Done),
	}
	p.header()
	p.axis()
	for i, row := range t.Rows {
		p.row(i, row)
	}
	for _, link := range t.Links {
		p.link(link)
	}
	p.key()
	if t.Note != "" {
		p.Text(edge, height-16, "small f-dim", "start", t.Note)
	}
	return p.Bytes()
}

// x is the coordinate of a time.
func (p *picture) x(at time.Duration) float64 {
	return p.left + (width-right-p.left)*float64(at)/float64(p.horizon)
}

// y is the middle of a row.
func y(row int) float64 { return top + rowHeight*float64(row) + rowHeight/2 }

// tones returns the colours of the terminal, for a page.
func tones() []svg.Tone {
	var all []svg.Tone
	for _, c := range look.Colours() {
		all = append(all, svg.Tone{Name: c.Name, Light: hex(c.Light), Dark: hex(c.RGB)})
	}
	return all
}

func hex(c [3]uint8) string { return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2]) }

// patterns returns the hatchings: lines in one direction for preStop, in both for stopping.
func patterns() string {
	const frame = `<pattern id="%s" width="6" height="6" patternUnits="userSpaceOnUse"><path class="line s-%s" d="%s"/></pattern>`
	const rising, falling = "M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2", " M-1,5 l2,2 M0,0 l6,6 M5,-1 l2,2"
	return fmt.Sprintf(frame, timeline.PreStop, timeline.PreStop, rising) +
		fmt.Sprintf(frame, timeline.Stopping, timeline.Stopping, rising+falling)
}
