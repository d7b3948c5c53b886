// SPDX-License-Identifier: Apache-2.0

package drawing

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// Style paints words on a terminal.
type Style interface {
	Bold(text string) string
	Dim(text string) string
}

// statement is one entry of a pod, with all edges that come from it.
type statement struct {
	speaker, where, strength, condition, why string
	// dependents are those that wait for dependency; for an entry of dependsOn by type there is one dependent with several dependencies.
	dependents, dependencies []string
}

// Text draws the graph for a terminal.
func (g *Graph) Text(style Style) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\n", style.Bold(safe.Line(g.Object)+": "+Count(len(g.Containers), "container")+", "+Count(len(g.Edges), "edge")))
	rows := [][]string{}
	for _, c := range g.Containers {
		rows = append(rows, []string{safe.Line(c.Name), c.Role, g.waits(c)})
	}
	table(&out, style, []string{"CONTAINER", "ROLE", "ORDER"}, rows)
	if len(g.Edges) > 0 {
		out.WriteString("\n")
		rows = nil
		for _, s := range group(g.Edges, func(int) string { return "" }) {
			rows = append(rows, []string{safe.Line(s.speaker), safe.Line(s.where), strengths[s.strength], s.claim()})
		}
		table(&out, style, []string{"WHO SAYS SO", "WHERE", "HOW", "EDGES"}, rows)
	}
	if len(g.Dropped) > 0 {
		out.WriteString("\n")
		rows = nil
		edges := make([]Edge, len(g.Dropped))
		for i := range g.Dropped {
			edges[i] = g.Dropped[i].Edge
		}
		for _, s := range group(edges, func(i int) string { return g.Dropped[i].Why() }) {
			rows = append(rows, []string{safe.Line(s.speaker), safe.Line(s.where), strengths[s.strength], s.claim(), s.why})
		}
		table(&out, style, []string{"DROPPED", "WHERE", "HOW", "STATEMENT", "BECAUSE"}, rows)
	}
	return out.String()
}

// waits says what one container waits for.
func (g *Graph) waits(c Container) string {
	byCondition := map[string][]string{}
	var conditions []string
	for _, e := range g.Edges {
		if e.Dependent != c.Name {
			continue
		}
		if byCondition[e.Condition] == nil {
			conditions = append(conditions, e.Condition)
		}
		byCondition[e.Condition] = append(byCondition[e.Condition], e.Dependency)
	}
	// What it does not wait for comes last.
	slices.SortStableFunc(conditions, func(a, b string) int { return rank(a) - rank(b) })
	var parts []string
	for _, condition := range conditions {
		parts = append(parts, predicate("waits", "stops", strings.Join(byCondition[condition], ", "), condition))
	}
	return strings.Join(parts, "; ")
}

func rank(condition string) int {
	switch dependency.Condition(condition) {
	case dependency.None:
		return 2
	case dependency.StartEnded:
		return 1
	}
	return 0
}

// group collects the edges that come from one entry and, if they were dropped, for one reason.
func group(edges []Edge, why func(i int) string) []*statement {
	var all []*statement
	find := func(e Edge, because string) *statement {
		for _, s := range all {
			same := s.speaker == e.Speaker && s.where == where(e.Path) && s.strength == e.Strength && s.condition == e.Condition && s.why == because
			if same && (slices.Equal(s.dependencies, []string{e.Dependency}) || slices.Equal(s.dependents, []string{e.Dependent})) {
				return s
			}
		}
		s := &statement{speaker: e.Speaker, where: where(e.Path), strength: e.Strength, condition: e.Condition, why: because}
		all = append(all, s)
		return s
	}
	for i, e := range edges {
		s := find(e, why(i))
		s.dependents, s.dependencies = add(s.dependents, e.Dependent), add(s.dependencies, e.Dependency)
	}
	slices.SortStableFunc(all, func(a, b *statement) int { return strings.Compare(a.speaker+" "+a.where, b.speaker+" "+b.where) })
	return all
}

func add(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

func (s *statement) claim() string {
	return claim(s.dependents, strings.Join(s.dependencies, ", "), s.condition)
}

// table writes rows under a header, in columns.
func table(out *strings.Builder, style Style, header []string, rows [][]string) {
	widths := make([]int, len(header))
	for i := range header {
		widths[i] = utf8.RuneCountInString(header[i])
		for _, row := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	line := func(cells []string, paint func(string) string) {
		var text strings.Builder
		for i, cell := range cells {
			text.WriteString(cell)
			if i < len(cells)-1 {
				text.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+3))
			}
		}
		out.WriteString(paint(strings.TrimRight(text.String(), " ")) + "\n")
	}
	line(header, style.Dim)
	for _, row := range rows {
		line(row, func(text string) string { return text })
	}
}

// Table returns rows under a header, in columns.
func Table(style Style, header []string, rows [][]string) string {
	var out strings.Builder
	table(&out, style, header, rows)
	return out.String()
}

// Count writes a number of things.
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
