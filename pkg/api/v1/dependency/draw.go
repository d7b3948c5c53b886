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
//	app      Standard  waits for certs Succeeded, proxy Ready
func (g *Graph) String() string {
	width := 0
	for i := range g.nodes {
		width = max(width, len(g.nodes[i].name))
	}
	var text strings.Builder
	line := func(i int, kind string) {
		var waits []string
		for _, e := range g.nodes[i].waits {
			waits = append(waits, g.nodes[e.to].name+" "+string(e.condition))
		}
		row := fmt.Sprintf("%-*s  %-8s", width, g.nodes[i].name, kind)
		if len(waits) > 0 {
			row += "  waits for " + strings.Join(waits, ", ")
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
