// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"math"

	"kubelet-ordering/hack/bench/internal/shape"
	"kubelet-ordering/internal/svg"
)

// Dimensions of the picture, in pixels.
const (
	width     = 960
	left      = 300
	right     = 90
	top       = 104 // of the first row
	rowHeight = 22
	groupGap  = 12
	edge      = 24
)

// tones for the texts, the bound and the two kubelets.
var tones = []svg.Tone{
	{Name: "dim", Light: "#6b727c"}, {Name: "bound", Light: "#6b727c"},
	{Name: "ours", Light: "#168c6e"}, {Name: "pristine", Light: "#c8550a"},
}

// SVG draws the bound and the starts on both kubelets for each pod that is not Deaf, on a logarithmic scale of seconds.
func SVG(rows []Row) []byte {
	rows, _ = split(rows)
	p := &picture{}
	p.scale(rows)
	p.place(rows)
	p.head()
	p.axis()
	for i, row := range rows {
		p.row(p.middles[i], row)
	}
	return p.Bytes()
}

// picture is an SVG picture that maps times and rows to coordinates.
type picture struct {
	*svg.Picture
	// low and high are the ends of the axis, as powers of ten.
	low, high float64
	middles   []float64
	bottom    float64
}

func (p *picture) scale(rows []Row) {
	p.low, p.high = math.Inf(1), math.Inf(-1)
	for _, row := range rows {
		for _, value := range []float64{row.Bound, row.Ours.Start.Min, row.Ours.Start.Max, row.Pristine.Start.Min, row.Pristine.Start.Max} {
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

func (p *picture) head() {
	p.Picture = svg.New(width, p.bottom+24, "How long pods take to start: at best, on our kubelet, and on the pristine one", tones, "")
	p.Text(edge, 34, "ink bold title", "start", "Start of a pod")
	p.Text(edge, 54, "small f-dim", "start",
		"sandbox to last container, seconds, logarithmic: median, and a line from the least to the most")
	x := float64(width - 330)
	for _, entry := range []struct{ tone, word string }{{"bound", "lower bound"}, {"ours", "ours"}, {"pristine", "pristine"}} {
		p.mark(entry.tone, x, 30)
		p.Text(x+10, 34, "small f-dim", "start", entry.word)
		x += 28 + 7*float64(len(entry.word))
	}
	p.Text(width-edge, top-12, "small f-dim", "end", "pristine/ours")
}

func (p *picture) axis() {
	for power := math.Floor(p.low); power <= p.high; power++ {
		for _, digit := range []float64{1, 2, 5} {
			seconds := digit * math.Pow(10, power)
			if at := math.Log10(seconds); at < p.low || at > p.high {
				continue
			}
			p.Tick(p.x(seconds), top-4, p.bottom, "small f-dim", fmt.Sprintf("%g", seconds))
		}
	}
}

func (p *picture) row(y float64, row Row) {
	p.Text(edge, y+4, "name medium ink", "start", row.Case.Shape())
	if row.Case.Kind != shape.Ordinary {
		p.Text(edge+120, y+4, "small f-dim", "start", fmt.Sprintf("%g s warm-up, %d s period", row.Case.WarmUp.Seconds(), row.Case.Period))
	}
	p.found("pristine", y, row.Pristine.Start)
	p.found("ours", y, row.Ours.Start)
	if row.Bound > 0 {
		p.mark("bound", p.x(row.Bound), y)
	}
	if row.Ours.Start.N > 0 && row.Pristine.Start.N > 0 {
		p.Text(width-edge, y+4, "small ink", "end", ratio(row.Pristine.Start.Median, row.Ours.Start.Median))
	}
}

func (p *picture) found(tone string, y float64, s Summary) {
	if s.N == 0 {
		return
	}
	if s.N > 1 {
		p.Add(`<path class="s-%s" stroke-width="2" opacity="0.5" d="M%.1f,%.1f H%.1f"/>`, tone, p.x(s.Min), y, p.x(s.Max))
	}
	p.mark(tone, p.x(s.Median), y)
}

// mark draws a different shape for each tone: no difference is shown by colour alone.
func (p *picture) mark(tone string, x, y float64) {
	switch tone {
	case "bound":
		p.Add(`<path class="s-bound" stroke-width="2.5" d="M%.1f,%.1f v14"/>`, x, y-7)
	case "ours":
		p.Dot(x, y, 5, tone)
	default:
		p.Add(`<path class="f-%s" d="M%.1f,%.1f l5.5,5.5 l-5.5,5.5 l-5.5,-5.5 z"/>`, tone, x, y-5.5)
	}
}
