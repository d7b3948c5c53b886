// SPDX-License-Identifier: Apache-2.0

package svg

import (
	"fmt"
	"html"
	"time"

	"kubelet-ordering/hack/demo/internal/look"
)

func (p *picture) open() {
	height := p.bottom + 58
	p.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">`+"\n",
		width, height, html.EscapeString(fmt.Sprintf("How the containers of pod %s started and stopped", p.Pod)))
	p.printf("<style>%s</style>\n<defs>%s</defs>\n", sheet(), patterns())
	p.printf(`<rect class="page" x="0.5" y="0.5" width="%d" height="%d" rx="10"/>`+"\n", width-1, height-1)
}

// text writes at a point; the anchor is start, middle or end.
func (p *picture) text(x, y float64, class, anchor, text string) {
	p.printf(`<text x="%.1f" y="%.1f" class="%s" text-anchor="%s">%s</text>`+"\n", x, y, class, anchor, html.EscapeString(text))
}

func (p *picture) header() {
	phase := p.Phase
	if p.Reason != "" {
		phase += " (" + p.Reason + ")"
	}
	tone := class(look.Phase(p.Phase))
	p.text(edge, 34, "ink bold title", "start", p.Pod)
	x := float64(edge + 11*len(p.Pod) + 16)
	p.printf(`<circle cx="%.1f" cy="28.5" r="5" class="f-%s"/>`+"\n", x, tone)
	p.text(x+12, 33, "bold f-"+tone, "start", phase)
	p.text(width-edge, 33, "small f-dim", "end", fmt.Sprintf("%.1f s · restartPolicy %s", p.Elapsed.Seconds(), p.RestartPolicy))
}

func (p *picture) axis() {
	tick := look.Tick(p.horizon, 12)
	for at := time.Duration(0); at <= p.horizon; at += tick {
		p.printf(`<path class="grid" d="M%.1f,%d V%d"/>`+"\n", p.x(at), top-4, p.bottom)
		p.text(p.x(at), top-12, "small f-dim", "middle", fmt.Sprintf("%d s", at/time.Second))
	}
}

// key says what the bars mean, each as wide as its word.
func (p *picture) key() {
	x, y := float64(edge), float64(p.bottom+32)
	for _, s := range look.All() {
		p.bar(s, x, x+26, y)
		word := look.Of(s).Word
		p.text(x+33, y+4, "small f-dim", "start", word)
		x += 33 + 6.4*float64(len(word)) + 20
	}
	for _, exit := range []struct {
		sign, tone, word string
	}{{"✓", "good", "exit 0"}, {"✗", "bad", "exit n"}} {
		p.text(x, y+4, "bold f-"+exit.tone, "start", exit.sign)
		x += 9*float64(len([]rune(exit.sign))) + 6
		p.text(x, y+4, "small f-dim", "start", exit.word)
		x += 6.4*float64(len(exit.word)) + 18
	}
}
