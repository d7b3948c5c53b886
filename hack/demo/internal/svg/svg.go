// SPDX-License-Identifier: Apache-2.0

// Package svg draws a timeline as a picture for a page, in the colours of the terminal. It brings a background of its own, light
// or dark as its reader's system is, so it can be read on any page.
package svg

import (
	"bytes"
	"fmt"
	"os"
	"time"

	"kubelet-ordering/hack/demo/internal/look"
	"kubelet-ordering/hack/demo/internal/timeline"
)

// Measures of the picture.
const (
	width     = 960
	top       = 78 // of the first row
	rowHeight = 34
	barHeight = 16
	right     = 60
	edge      = 24
)

// WriteFile writes the picture to a file.
func WriteFile(path string, t timeline.Timeline) error {
	if err := os.WriteFile(path, Draw(t), 0o644); err != nil {
		return fmt.Errorf("write the SVG picture (name a file that can be written with -svg): %w", err)
	}
	return nil
}

// Draw returns the picture.
func Draw(t timeline.Timeline) []byte {
	names := 0
	for _, row := range t.Rows {
		names = max(names, len(row.Name))
	}
	p := &picture{Timeline: t, left: float64(edge + 9*names + 18), horizon: look.Horizon(t.Elapsed, t.Done)}
	p.bottom = top + rowHeight*len(t.Rows)
	p.open()
	p.header()
	p.axis()
	for i, row := range t.Rows {
		p.row(i, row)
	}
	for _, link := range t.Links {
		p.link(link)
	}
	p.key()
	p.printf("</svg>\n")
	return p.out.Bytes()
}

type picture struct {
	timeline.Timeline
	out     bytes.Buffer
	left    float64
	horizon time.Duration
	bottom  int
}

func (p *picture) printf(format string, args ...any) { fmt.Fprintf(&p.out, format, args...) }

// x is where a moment stands.
func (p *picture) x(at time.Duration) float64 {
	return p.left + (width-right-p.left)*float64(at)/float64(p.horizon)
}

// y is the middle of a row.
func y(row int) float64 { return top + rowHeight*float64(row) + rowHeight/2 }
