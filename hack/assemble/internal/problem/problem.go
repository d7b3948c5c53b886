// SPDX-License-Identifier: Apache-2.0

// Package problem collects everything that is wrong with the project's seams, so that one run reports it all.
package problem

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is one reason not to assemble a tree.
type Problem struct {
	// File is the own file that causes it, relative to the repository's root.
	File string
	// Line is the line in File, or 0 for the file as a whole.
	Line int
	// Target is the seam's target, or empty.
	Target string
	// What describes the problem.
	What string
	// Remedy says how to fix it.
	Remedy string
}

// String renders the problem as one line that editors can jump to.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Target != "" {
		b.WriteString(p.Target + ": ")
	}
	b.WriteString(p.What + ": " + p.Remedy)
	return b.String()
}

// A List is a set of problems. As an error it prints all of them, ordered by position.
type List []Problem

// Add appends a problem.
func (l *List) Add(p Problem) { *l = append(*l, p) }

// Err returns the list as an error, or nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	sorted := slices.Clone(l)
	slices.SortFunc(sorted, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.String(), b.String()),
		)
	})
	return sorted
}

// Error lists the problems, one per line.
func (l List) Error() string {
	lines := make([]string, 0, len(l)+1)
	for _, p := range l {
		lines = append(lines, p.String())
	}
	if len(l) > 1 {
		lines = append(lines, fmt.Sprintf("%d problems", len(l)))
	}
	return strings.Join(lines, "\n")
}
