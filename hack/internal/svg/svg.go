// SPDX-License-Identifier: Apache-2.0

// Package svg draws pictures for a page. A picture brings a background of its own, light, or dark where its reader's system is dark
// and its tones say how, so it can be read on any page.
//
// Elements are styled by classes: ink and f-TONE for what is filled, s-TONE for what is stroked; name, bold, title, medium and small
// for text.
package svg

import (
	"bytes"
	"fmt"
	"html"
)

// Tone is a named colour, with a class for each use.
type Tone struct {
	Name string
	// Light and Dark are the colour on a light and on a dark page, such as #168c6e. Pictures without Dark are always light.
	Light, Dark string
}

// Picture is a picture that is drawn from front to back. Lengths are in pixels.
type Picture struct {
	out bytes.Buffer
	// Width and Height are those of the page.
	Width, Height float64
}

// New begins a picture. The label says what it shows to those who do not see it; defs are the content of its <defs>, or empty.
func New(width, height float64, label string, tones []Tone, defs string) *Picture {
	p := &Picture{Width: width, Height: height}
	p.Add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" role="img" aria-label="%s">`,
		width, height, html.EscapeString(label))
	p.Add("<style>%s</style>", sheet(tones))
	if defs != "" {
		p.Add("<defs>%s</defs>", defs)
	}
	p.Add(`<rect class="page" x="0.5" y="0.5" width="%g" height="%g" rx="10"/>`, width-1, height-1)
	return p
}

// The sheets that all pictures share.
const (
	lightSheet = "text{font:13px ui-sans-serif,system-ui,'Segoe UI','DejaVu Sans',sans-serif}" +
		".name{font:13px ui-monospace,SFMono-Regular,'DejaVu Sans Mono',monospace}" +
		".bold{font-weight:700}.title{font-size:17px}.medium{font-size:12px}.small{font-size:11px}" +
		".page{fill:#fff;stroke:#d0d7de}.ink{fill:#1f2328}.grid{stroke:#eaeef2}.line{fill:none;stroke-width:1.5}"
	darkSheet = ".page{fill:#0d1117;stroke:#30363d}.ink{fill:#e6edf3}.grid{stroke:#21262d}"
)

func sheet(tones []Tone) string {
	light, dark := lightSheet, darkSheet
	for _, t := range tones {
		const classes = ".f-%[1]s{fill:%[2]s}.s-%[1]s{stroke:%[2]s}"
		light += fmt.Sprintf(classes, t.Name, t.Light)
		if t.Dark != "" {
			dark += fmt.Sprintf(classes, t.Name, t.Dark)
		}
	}
	if dark == darkSheet {
		return light
	}
	return light + "@media (prefers-color-scheme:dark){" + dark + "}"
}

// Add adds an element. What comes from outside and may need escaping goes through Text.
func (p *Picture) Add(format string, args ...any) { fmt.Fprintf(&p.out, format+"\n", args...) }

// Text writes at a point; the anchor, start, middle or end, is which part of the text stands there.
func (p *Picture) Text(x, y float64, class, anchor, text string) {
	p.Add(`<text x="%.1f" y="%.1f" class="%s" text-anchor="%s">%s</text>`, x, y, class, anchor, html.EscapeString(text))
}

// Tick draws a line of the grid from top to bottom, and its label above it.
func (p *Picture) Tick(x, top, bottom float64, class, label string) {
	p.Add(`<path class="grid" d="M%.1f,%g V%g"/>`, x, top, bottom)
	p.Text(x, top-8, class, "middle", label)
}

// Dot draws a disc.
func (p *Picture) Dot(x, y, radius float64, tone string) {
	p.Add(`<circle class="f-%s" cx="%.1f" cy="%.1f" r="%g"/>`, tone, x, y, radius)
}

// Bytes is the picture, which is complete with that.
func (p *Picture) Bytes() []byte {
	p.Add("</svg>")
	return p.out.Bytes()
}
