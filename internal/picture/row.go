// SPDX-License-Identifier: Apache-2.0

package picture

import (
	"fmt"

	"kubelet-ordering/internal/look"
	"kubelet-ordering/internal/timeline"
	"kubelet-ordering/pkg/api/v1/dependency"
)

func (p *picture) row(i int, row timeline.Row) {
	name := "name ink"
	if row.Role == string(dependency.Standard) {
		name += " bold"
	}
	p.Text(edge, y(i)+4.5, name, "start", row.Name)
	for _, s := range row.Spans {
		p.bar(s.State, p.x(s.From), p.x(s.To), y(i))
	}
	for _, wait := range row.Waits(p.Done) {
		p.reason(i, row, wait)
	}
	for k, e := range row.Exits {
		sign, colour := look.Exit(e)
		if e.Code != 0 && !e.Unseen {
			sign += fmt.Sprintf(" %d", e.Code)
		}
		if k < len(row.Exits)-1 {
			// The next run may follow at once, so the sign goes above the bar.
			p.Text(p.x(e.At), y(i)-barHeight/2-1, "small bold f-"+colour.Name, "middle", sign)
			continue
		}
		p.Text(p.x(e.At)+5, y(i)+4.5, "bold f-"+colour.Name, "start", sign)
	}
	if p.Done && len(row.Exits) == 0 {
		p.Text(p.x(p.Elapsed)+5, y(i)+4.5, "bold f-bad", "start", "∅")
	}
}

// bar draws a span: a dotted line for a wait, a box for all other states.
func (p *picture) bar(s timeline.State, from, to, middle float64) {
	tone := look.Of(s).Colour.Name
	box := fmt.Sprintf(`x="%.1f" y="%.1f" width="%.1f" height="%d"`, from, middle-barHeight/2, max(to-from, 1), barHeight)
	switch s {
	case timeline.Waiting:
		p.Add(`<path class="s-%s" d="M%.1f,%.1f H%.1f" stroke-width="2" stroke-linecap="round" stroke-dasharray="0 7"/>`,
			tone, from+2, middle, to)
	case timeline.Starting:
		p.Add(`<rect %s class="f-%s" opacity="0.5"/>`, box, tone)
	case timeline.PreStop, timeline.Stopping:
		p.Add(`<rect %s fill="url(#%s)"/>`, box, tone)
	default:
		p.Add(`<rect %s class="f-%s"/>`, box, tone)
	}
}

// reason writes what the container waited for above the dots of the wait, in as many words as there is room for, and to the right of
// the sign of an exit that led to the wait.
func (p *picture) reason(i int, row timeline.Row, wait timeline.Wait) {
	from := p.x(wait.Said)
	for _, e := range row.Exits {
		if sign := p.x(e.At); sign <= from && e.At >= wait.From {
			from = max(from, sign+signWidth)
		}
	}
	for _, text := range wait.Phrases() {
		if from+6.3*float64(len(text)) < p.x(wait.To) {
			p.Text(from+2, y(i)-6, "small f-dim", "start", text)
			return
		}
	}
}

// link draws a line from the dependency that was met last to the start of the container.
func (p *picture) link(l timeline.Link) {
	from, to := p.x(l.Held), p.x(l.At)
	above, below := y(l.From)+barHeight/2, y(l.To)-barHeight/2
	if l.From > l.To {
		above, below = y(l.From)-barHeight/2, y(l.To)+barHeight/2
	}
	p.Add(`<path class="line s-dim" d="M%.1f,%.1f C%.1f,%.1f %.1f,%.1f %.1f,%.1f"/>`,
		from, above, from, (above+below)/2, to, (above+below)/2, to, below)
	p.Dot(to, below, 2.5, "dim")
}
