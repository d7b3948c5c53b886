// SPDX-License-Identifier: Apache-2.0

package drawing

import (
	"fmt"
	"html"
	"unicode/utf8"

	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/internal/svg"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// Dimensions of the picture, in pixels.
const (
	edgeX, edgeY  = 24, 58
	boxHeight     = 40
	rowHeight     = 58
	gap           = 112 // between two columns: an arrow has room for its longest word
	letter        = 7.9
	labelLetter   = 5.9
	smallestWidth = 80
	longestName   = 40
)

// tones of the picture.
var tones = []svg.Tone{
	{Name: "standard", Light: "#168c6e", Dark: "#2ea082"},
	{Name: "sidecar", Light: "#0969da", Dark: "#58a6ff"},
	{Name: "native", Light: "#be8700", Dark: "#e6be50"},
	{Name: "dim", Light: "#6b727c", Dark: "#7d8590"},
	{Name: "bad", Light: "#cf222e", Dark: "#f85149"},
}

func tone(role string) string {
	switch role {
	case Standard:
		return "standard"
	case Sidecar:
		return "sidecar"
	}
	return "native"
}

// SVG draws the graph as a picture.
func (g *Graph) SVG(all bool) []byte {
	index, layers := map[string]int{}, make([]int, len(g.Containers))
	for i, c := range g.Containers {
		index[c.Name], layers[i] = i, c.Layer
	}
	var edges []Edge
	var pairs [][2]int
	for _, e := range g.Shown(all) {
		pair := [2]int{index[e.Dependency], index[e.Dependent]}
		edges = append(edges, e)
		if layers[pair[0]] > layers[pair[1]] {
			pair[0], pair[1] = pair[1], pair[0]
		}
		pairs = append(pairs, pair)
	}
	p := newPlan(g, newLayout(layers, pairs))
	for i, e := range edges {
		p.arrow(e, p.ways[i], index[e.Dependency] != pairs[i][0])
	}
	for _, d := range g.Refused() {
		p.refused(index[d.Dependency], index[d.Dependent], d)
	}
	for i, c := range g.Containers {
		p.box(i, c)
	}
	p.key(g)
	return p.Bytes()
}

// plan maps slots to coordinates.
type plan struct {
	*svg.Picture
	*layout
	at     map[*slot][2]float64 // the middle of the left side
	boxes  []*slot
	widths []float64 // by layer
	layer  map[*slot]int
	// spots are the places of the labels so far.
	spots map[[2]int]int
}

func newPlan(g *Graph, l *layout) *plan {
	p := &plan{layout: l, at: map[*slot][2]float64{}, boxes: make([]*slot, len(g.Containers)), layer: map[*slot]int{}, spots: map[[2]int]int{}}
	tallest := 1
	for _, layer := range l.layers {
		tallest = max(tallest, len(layer))
	}
	x := float64(edgeX)
	for i, layer := range l.layers {
		width := float64(smallestWidth)
		for _, s := range layer {
			if s.container >= 0 {
				c := g.Containers[s.container]
				width = max(width, letter*float64(utf8.RuneCountInString(shown(c.Name)))+24, labelLetter*float64(len(c.Role))+24)
			}
		}
		p.widths = append(p.widths, width)
		top := edgeY + float64(tallest-len(layer))*rowHeight/2
		for _, s := range layer {
			p.at[s], p.layer[s] = [2]float64{x, top + float64(s.row)*rowHeight + rowHeight/2}, i
			if s.container >= 0 {
				p.boxes[s.container] = s
			}
		}
		x += width + gap
	}
	height := float64(edgeY + tallest*rowHeight + 44)
	wide := max(x-gap, edgeX+labelLetter*float64(len(keyOf(g)))) + edgeX
	p.Picture = svg.New(wide, height, "The order of the containers of "+safe.Line(g.Object), tones,
		`<marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">`+
			`<path class="f-dim" d="M0,0.5 L8,4 L0,7.5 z"/></marker>`)
	p.Text(edgeX, 34, "ink bold title", "start", safe.Line(g.Object))
	return p
}

func shown(name string) string {
	name = safe.Line(name)
	if utf8.RuneCountInString(name) <= longestName {
		return name
	}
	return string([]rune(name)[:longestName-1]) + "…"
}

func (p *plan) box(i int, c Container) {
	s := p.boxes[i]
	x, y := p.at[s][0], p.at[s][1]
	width := p.widths[p.layer[s]]
	p.Add(`<rect class="page s-%s" x="%.1f" y="%.1f" width="%.1f" height="%d" rx="8" stroke-width="%s"/>`,
		tone(c.Role), x, y-boxHeight/2, width, boxHeight, map[bool]string{true: "2.5", false: "1.5"}[c.Role == Standard])
	class := "name ink"
	if c.Role == Standard {
		class += " bold"
	}
	p.Text(x+width/2, y, class, "middle", shown(c.Name))
	p.Text(x+width/2, y+14, "small f-"+tone(c.Role), "middle", c.Role)
}

// arrow draws an edge along its way through the layers. backwards is set if its dependent stands to the left.
func (p *plan) arrow(e Edge, way []*slot, backwards bool) {
	first, last := way[0], way[len(way)-1]
	x, y := p.at[first][0]+p.widths[p.layer[first]], p.at[first][1]
	if p.layer[first] == p.layer[last] {
		p.bow(e, first, last)
		return
	}
	d := fmt.Sprintf("M%.1f,%.1f", x, y)
	labelX, labelY := 0.0, 0.0
	for i, s := range way[1:] {
		tox, toy := p.at[s][0], p.at[s][1]
		middle := (x + tox) / 2
		d += fmt.Sprintf(" C%.1f,%.1f %.1f,%.1f %.1f,%.1f", middle, y, middle, toy, tox, toy)
		if i == 0 {
			labelX, labelY = middle, (y+toy)/2
		}
		x, y = tox, toy
		if s.container < 0 {
			x += p.widths[p.layer[s]]
			d += fmt.Sprintf(" H%.1f", x)
		}
	}
	p.draw(e, d, labelX, labelY, backwards)
}

// bow draws an edge within a layer, on its left side.
func (p *plan) bow(e Edge, from, to *slot) {
	x, y, toy := p.at[from][0], p.at[from][1], p.at[to][1]
	p.draw(e, fmt.Sprintf("M%.1f,%.1f C%.1f,%.1f %.1f,%.1f %.1f,%.1f", x, y, x-40, y, x-40, toy, x, toy), x-30, (y+toy)/2, false)
}

func (p *plan) draw(e Edge, d string, x, y float64, backwards bool) {
	dash := ""
	if e.Condition == string(dependency.None) || e.Condition == string(dependency.StartEnded) {
		dash = ` stroke-dasharray="5 4"`
	}
	end := "end"
	if backwards {
		end = "start"
	}
	p.Add(`<path class="line s-dim" d="%s" marker-%s="url(#tip)"%s><title>%s</title></path>`, d, end, dash, html.EscapeString(safe.Line(e.says())))
	if text := label(e.Condition); text != string(dependency.Ready) {
		p.label(x, y, "small f-dim", text)
	}
}

// label writes a text beside an arrow, lower if there is one already.
func (p *plan) label(x, y float64, class, text string) {
	spot := [2]int{int(x) / 40, int(y) / 16}
	for p.spots[spot] > 0 {
		y += 14
		spot[1]++
	}
	p.spots[spot]++
	width := labelLetter*float64(utf8.RuneCountInString(text)) + 6
	p.Add(`<rect class="page" x="%.1f" y="%.1f" width="%.1f" height="14" style="stroke:none"/>`, x-width/2, y-9, width)
	p.Text(x, y+2, class, "middle", text)
}

// refused draws a statement that was dropped.
func (p *plan) refused(from, to int, d Dropped) {
	a, b := p.boxes[from], p.boxes[to]
	x, tox := p.at[a][0]+p.widths[p.layer[a]]/2, p.at[b][0]+p.widths[p.layer[b]]/2
	y, toy := p.at[a][1]+boxHeight/2, p.at[b][1]+boxHeight/2
	low := max(y, toy) + 26
	p.Add(`<path class="line s-bad" d="M%.1f,%.1f C%.1f,%.1f %.1f,%.1f %.1f,%.1f" stroke-dasharray="1 4" stroke-linecap="round">`+
		`<title>%s</title></path>`, x, y, x, low, tox, low, tox, toy,
		html.EscapeString(claim([]string{d.Dependent}, d.Dependency, d.Condition)+" ("+safe.Line(d.says())+"), dropped: "+d.Why()))
}

// key explains the picture.
func (p *plan) key(g *Graph) { p.Text(edgeX, p.Height-18, "small f-dim", "start", keyOf(g)) }

func keyOf(g *Graph) string {
	text := "an arrow leads to what starts after, and stops before; without a word: when Ready"
	if len(g.Refused()) > 0 {
		text += "; dotted red: dropped"
	}
	return text
}
