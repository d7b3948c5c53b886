// SPDX-License-Identifier: Apache-2.0

package drawing

import (
	"fmt"
	"html"
	"strings"

	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// Mermaid draws the graph for a Markdown page. An arrow leads from a container to one that starts after it, and stops before it.
func (g *Graph) Mermaid(all bool) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%%%% %s\nflowchart LR\n", safe.Line(g.Object))
	ids := map[string]string{}
	for i, c := range g.Containers {
		id := fmt.Sprintf("c%d", i)
		ids[c.Name] = id
		opening, closing := "(", ")"
		switch c.Role {
		case Standard:
			opening, closing = "[", "]"
		case Native:
			opening, closing = "[[", "]]"
		}
		fmt.Fprintf(&out, "  %s%s%s%s\n", id, opening, entity(c.Name), closing)
	}
	for _, e := range g.Shown(all) {
		arrow := "-->"
		if e.Condition == string(dependency.None) || e.Condition == string(dependency.StartEnded) {
			arrow = "-.->"
		}
		fmt.Fprintf(&out, "  %s %s|%s| %s\n", ids[e.Dependency], arrow, entity(label(e.Condition)), ids[e.Dependent])
	}
	for _, d := range g.Refused() {
		fmt.Fprintf(&out, "  %s -.-x|%s| %s\n", ids[d.Dependency], entity("dropped: "+d.Why()), ids[d.Dependent])
	}
	return out.String()
}

// entity quotes a text. Mermaid reads entities, with # in place of &.
func entity(text string) string {
	escaped := strings.ReplaceAll(html.EscapeString(strings.ReplaceAll(safe.Line(text), "#", "\x00")), "&", "#")
	return `"` + strings.ReplaceAll(escaped, "\x00", "#35;") + `"`
}
