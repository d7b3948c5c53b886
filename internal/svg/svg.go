// SPDX-License-Identifier: Apache-2.0

// Package svg draws pictures for a web page. A picture has its own background, so that it is readable on any page. The background is
// dark if the reader's system prefers dark and the tones have dark colours, else light.
//
// Classes style the elements: ink and f-TONE set the fill, s-TONE sets the stroke; name, bold, title, medium and small are for text.
package svg

import (
	"bytes"
	"fmt"
	"html"
)

// Tone is a named colour. It has a class for fills and one for strokes.
type Tone struct {
	Name string
	// Light and Dark are the colours on a light and on a dark page, such as #168c6e. A picture whose tones have no Dark is always light.
	Light, Dark string
}

// Picture is a picture in the making. Elements that are added later cover earlier ones. Lengths are in pixels.
type Picture struct {
	out bytes.Buffer
	// Width and Height are the size of the picture.
	Width, Height float64
}

// New begins a picture. The label describes it for screen readers; defs is the content of its <defs> element, or empty.
func New(width, height float64, label string, tones []Tone, defs string) *Picture {
	p := &Picture{Width: width, Height: height}
	p.Add(`<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g" role="img" aria-label="%s">`,
		width, height, width, height, html.EscapeString(label))
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

// Add adds an element. It does not escape anything: use Text for text that may need it.
func (p *Picture) Add(format string, args ...any) { fmt.Fprintf(&p.out, format+"\n", args...) }

// Text writes text at a point. The anchor (start, middle or end) says which part of the text is at the point.
func (p *Picture) Text(x, y float64, class, anchor, text string) {
	p.Add(`<text x="%.1f" y="%.1f" class="%s" text-anchor="%s">%s</text>`, x, y, class, anchor, html.EscapeString(text))
}

// Tick draws a vertical grid line from top to bottom, with its label above it.
func (p *Picture) Tick(x, top, bottom float64, class, label string) {
	p.Add(`<path class="grid" d="M%.1f,%g V%g"/>`, x, top, bottom)
	p.Text(x, top-8, class, "middle", label)
}

// Dot draws a filled circle.
func (p *Picture) Dot(x, y, radius float64, tone string) {
	p.Add(`<circle class="f-%s" cx="%.1f" cy="%.1f" r="%g"/>`, tone, x, y, radius)
}

// Bytes completes the picture and returns it. Call it once.
func (p *Picture) Bytes() []byte {
	p.Add("</svg>")
	return p.out.Bytes()
}
