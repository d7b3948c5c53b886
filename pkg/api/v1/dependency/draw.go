// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"strings"
)

// String draws the graph, one container per line, each after all of its dependencies:
//
//	certs    Sidecar
//	proxy    Sidecar   waits for certs Ready
//	app      Standard  waits for certs Succeeded, proxy Ready; stops before log
func (g *Graph) String() string {
	width := 0
	for i := range g.nodes {
		width = max(width, len(g.nodes[i].name))
	}
	var text strings.Builder
	line := func(i int, kind string) {
		var waits, hooks, stops []string
		for _, e := range g.nodes[i].waits {
			switch name := g.nodes[e.to].name; e.condition {
			case None:
				stops = append(stops, name)
			case StartEnded:
				hooks = append(hooks, name)
			default:
				waits = append(waits, name+" "+string(e.condition))
			}
		}
		var parts []string
		for _, part := range []struct {
			what string
			of   []string
		}{{"waits for ", waits}, {"starts after the hook of ", hooks}, {"stops before ", stops}} {
			if len(part.of) > 0 {
				parts = append(parts, part.what+strings.Join(part.of, ", "))
			}
		}
		row := fmt.Sprintf("%-*s  %-8s", width, g.nodes[i].name, kind)
		if len(parts) > 0 {
			row += "  " + strings.Join(parts, "; ")
		}
		text.WriteString(strings.TrimRight(row, " ") + "\n")
	}
	for i := range g.nodes {
		if g.nodes[i].native {
			line(i, "native")
		}
	}
	for _, i := range g.order {
		kind := Standard
		if g.nodes[i].sidecar() {
			kind = Sidecar
		}
		line(i, string(kind))
	}
	return text.String()
}
