// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
	"kubelet-ordering/hack/bench/internal/stat"
)

// Measures of the picture.
const (
	width     = 960
	left      = 300
	right     = 90
	top       = 104 // of the first row
	rowHeight = 22
	groupGap  = 12
	edge      = 24
)

// WriteSVG draws the starts of a run into a file.
func WriteSVG(path string, r result.Run) error {
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, SVG(startRows(Rows(r))), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write the SVG picture (name a file that can be written with -svg): %w", err)
	}
	return nil
}

// SVG draws, for each pod, the bound and the starts on both kubelets over a logarithmic scale of seconds.
func SVG(rows []Row) []byte {
	p := &picture{}
	p.scale(rows)
	p.place(rows)
	p.open()
	p.axis()
	for i, row := range rows {
		p.row(p.middles[i], row)
	}
	p.printf("</svg>\n")
	return p.out.Bytes()
}

type picture struct {
	out bytes.Buffer
	// low and high are the ends of the axis, as powers of ten.
	low, high float64
	middles   []float64
	bottom    float64
}

func (p *picture) printf(format string, args ...any) { fmt.Fprintf(&p.out, format, args...) }

func (p *picture) scale(rows []Row) {
	p.low, p.high = math.Inf(1), math.Inf(-1)
	for _, row := range rows {
		for _, value := range []float64{row.lowest(), row.Ours.Start.Min, row.Ours.Start.Max, row.Pristine.Start.Min, row.Pristine.Start.Max} {
			if value > 0 {
				p.low, p.high = min(p.low, math.Log10(value)), max(p.high, math.Log10(value))
			}
		}
	}
	if p.low > p.high {
		p.low, p.high = -1, 1
	}
	p.low, p.high = p.low-0.08, p.high+0.08
}

func (p *picture) place(rows []Row) {
	y := float64(top)
	for i, row := range rows {
		if i > 0 && row.Case.Kind != rows[i-1].Case.Kind {
			y += groupGap
		}
		p.middles = append(p.middles, y+rowHeight/2)
		y += rowHeight
	}
	p.bottom = y
}

func (p *picture) x(seconds float64) float64 {
	return left + (width-left-right)*(math.Log10(seconds)-p.low)/(p.high-p.low)
}

const sheet = "text{font:13px ui-sans-serif,system-ui,'Segoe UI','DejaVu Sans',sans-serif}" +
	".name{font:12px ui-monospace,SFMono-Regular,'DejaVu Sans Mono',monospace}.bold{font-weight:700}.title{font-size:17px}.small{font-size:11px}" +
	".page{fill:#fff;stroke:#d0d7de}.ink{fill:#1f2328}.dim{fill:#6b727c}.grid{stroke:#eaeef2}" +
	".f-bound{fill:#6b727c}.s-bound{stroke:#6b727c}.f-ours{fill:#168c6e}.s-ours{stroke:#168c6e}.f-pristine{fill:#c8550a}.s-pristine{stroke:#c8550a}"

func (p *picture) open() {
	height := p.bottom + 24
	p.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %.0f" role="img" aria-label="%s">`+"\n",
		width, height, "How long pods take to start: at best, on our kubelet, and on the pristine one")
	p.printf("<style>%s</style>\n", sheet)
	p.printf(`<rect class="page" x="0.5" y="0.5" width="%d" height="%.0f" rx="10"/>`+"\n", width-1, height-1)
	p.text(edge, 34, "ink bold title", "start", "Start of a pod")
	p.text(edge, 54, "small dim", "start", "sandbox to last container, seconds, logarithmic: median, and a line from the least to the most")
	x := float64(width - 330)
	for _, entry := range []struct{ tone, word string }{{"bound", "lower bound"}, {"ours", "ours"}, {"pristine", "pristine"}} {
		p.mark(entry.tone, x, 30)
		p.text(x+10, 34, "small dim", "start", entry.word)
		x += 28 + 7*float64(len(entry.word))
	}
	p.text(width-edge, top-12, "small dim", "end", "pristine/ours")
}

// text writes at a point; the anchor is start, middle or end.
func (p *picture) text(x, y float64, class, anchor, text string) {
	p.printf(`<text x="%.1f" y="%.1f" class="%s" text-anchor="%s">%s</text>`+"\n", x, y, class, anchor, html.EscapeString(text))
}

func (p *picture) axis() {
	for power := math.Floor(p.low); power <= p.high; power++ {
		for _, digit := range []float64{1, 2, 5} {
			seconds := digit * math.Pow(10, power)
			if at := math.Log10(seconds); at < p.low || at > p.high {
				continue
			}
			p.printf(`<path class="grid" d="M%.1f,%d V%.1f"/>`+"\n", p.x(seconds), top-4, p.bottom)
			p.text(p.x(seconds), top-12, "small dim", "middle", fmt.Sprintf("%g", seconds))
		}
	}
}

func (p *picture) row(y float64, row Row) {
	p.text(edge, y+4, "name ink", "start", row.Case.Shape())
	if row.Case.Kind != shape.Ordinary {
		p.text(edge+120, y+4, "small dim", "start", fmt.Sprintf("%g s warm-up, %d s period", row.Case.WarmUp.Seconds(), row.Case.Period))
	}
	p.found("pristine", y, row.Pristine.Start)
	p.found("ours", y, row.Ours.Start)
	if lowest := row.lowest(); lowest > 0 {
		p.mark("bound", p.x(lowest), y)
	}
	if row.Ours.Start.N > 0 && row.Pristine.Start.N > 0 {
		p.text(width-edge, y+4, "small ink", "end", ratio(row.Pristine.Start.Median, row.Ours.Start.Median))
	}
}

func (p *picture) found(tone string, y float64, s stat.Summary) {
	if s.N == 0 {
		return
	}
	if s.N > 1 {
		p.printf(`<path class="s-%s" stroke-width="2" opacity="0.5" d="M%.1f,%.1f H%.1f"/>`+"\n", tone, p.x(s.Min), y, p.x(s.Max))
	}
	p.mark(tone, p.x(s.Median), y)
}

// mark is a shape of its own for each thing: nothing is told by colour alone.
func (p *picture) mark(tone string, x, y float64) {
	switch tone {
	case "bound":
		p.printf(`<path class="s-bound" stroke-width="2.5" d="M%.1f,%.1f v14"/>`+"\n", x, y-7)
	case "ours":
		p.printf(`<circle class="f-ours" cx="%.1f" cy="%.1f" r="5"/>`+"\n", x, y)
	default:
		p.printf(`<path class="f-%s" d="M%.1f,%.1f l5.5,5.5 l-5.5,5.5 l-5.5,-5.5 z"/>`+"\n", tone, x, y-5.5)
	}
}
