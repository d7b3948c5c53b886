// SPDX-License-Identifier: Apache-2.0

package drawing

import (
	"fmt"
	"strings"

	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// Dot draws graphs for Graphviz. An arrow leads from a container to one that starts after it, and stops before it.
func Dot(graphs []*Graph, all bool) string {
	var out strings.Builder
	for _, g := range graphs {
		g.dot(&out, all)
	}
	return out.String()
}

func (g *Graph) dot(out *strings.Builder, all bool) {
	fmt.Fprintf(out, "digraph %s {\n", quote(g.Object))
	out.WriteString("  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n")
	for _, c := range g.Containers {
		attributes := ""
		switch c.Role {
		case Standard:
			attributes = ", style=\"rounded,bold\""
		case Native:
			attributes = ", peripheries=2"
		}
		fmt.Fprintf(out, "  %s [tooltip=%s%s];\n", quote(c.Name), quote(c.Role), attributes)
	}
	for _, e := range g.Shown(all) {
		style := ""
		if e.Condition == string(dependency.None) || e.Condition == string(dependency.StartEnded) {
			style = ", style=dashed"
		}
		fmt.Fprintf(out, "  %s -> %s [label=%s, tooltip=%s%s];\n",
			quote(e.Dependency), quote(e.Dependent), quote(label(e.Condition)), quote(e.says()), style)
	}
	for _, d := range g.Refused() {
		fmt.Fprintf(out, "  %s -> %s [label=%s, tooltip=%s, style=dotted, color=gray, fontcolor=gray, constraint=false];\n",
			quote(d.Dependency), quote(d.Dependent), quote("dropped: "+d.Why()), quote(d.says()))
	}
	out.WriteString("}\n")
}

func (e *Edge) says() string {
	return fmt.Sprintf("%s: %s (%s)", e.Speaker, where(e.Path), strengths[e.Strength])
}

// quote writes a string of the language. A backslash begins an escape there, such as \N for the name of the node.
func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(safe.Line(text)) + `"`
}
