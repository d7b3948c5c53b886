// SPDX-License-Identifier: Apache-2.0

package picture

import (
	"fmt"
	"time"

	"kubelet-ordering/internal/look"
	"kubelet-ordering/internal/timeline"
)

func (p *picture) header() {
	phase := string(p.Outcome())
	if p.Reason != "" {
		phase += " (" + p.Reason + ")"
	}
	tone := look.Phase(p.Outcome()).Name
	p.Text(edge, 34, "ink bold title", "start", p.Name)
	x := float64(edge + 11*len(p.Name) + 16)
	p.Dot(x, 28.5, 5, tone)
	p.Text(x+12, 33, "bold f-"+tone, "start", phase)
	p.Text(width-edge, 33, "small f-dim", "end", fmt.Sprintf("%.1f s · restartPolicy %s", p.Elapsed.Seconds(), p.RestartPolicy))
}

func (p *picture) axis() {
	tick := look.Tick(p.horizon, 12)
	for at := time.Duration(0); at <= p.horizon; at += tick {
		p.Tick(p.x(at), top-4, p.bottom, "small f-dim", fmt.Sprintf("%d s", at/time.Second))
	}
}

// key explains the bars and signs. Each entry is as wide as its word.
func (p *picture) key() {
	x, y := float64(edge), p.bottom+32
	for state, s := range look.All() {
		p.bar(timeline.State(state), x, x+26, y)
		p.Text(x+33, y+4, "small f-dim", "start", s.Word)
		x += 33 + 6.4*float64(len(s.Word)) + 20
	}
	for _, exit := range []struct{ sign, tone, word string }{{"✓", "good", "exit 0"}, {"✗", "bad", "exit n"}} {
		p.Text(x, y+4, "bold f-"+exit.tone, "start", exit.sign)
		x += 15
		p.Text(x, y+4, "small f-dim", "start", exit.word)
		x += 6.4*float64(len(exit.word)) + 18
	}
}
