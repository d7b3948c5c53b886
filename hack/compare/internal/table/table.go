// SPDX-License-Identifier: Apache-2.0

// Package table renders the results of the same specs on several kubelets.
package table

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mitchellh/go-wordwrap"

	"kubelet-ordering/hack/compare/internal/record"
	"kubelet-ordering/hack/compare/internal/report"
)

// Side is one kubelet. The first side of a table is what the others are compared with.
type Side struct {
	Name string
	// Build identifies the kubelet's build.
	Build string
	// Attempts are those of each spec, by name.
	Attempts map[string][]record.Attempt
}

// Row is one spec.
type Row struct {
	report.Spec
	// LeftOut is why the spec is not run at all, or "".
	LeftOut string
	// Known is why it fails on any kubelet here, or "".
	Known string
}

// Table has the results of all specs on all sides.
type Table struct {
	Sides []Side
	Rows  []Row
}

// Result is the outcome of all attempts of one spec on one side.
type Result struct{ Passed, Failed, Skipped int }

// Result returns the outcome of a spec.
func (s Side) Result(spec string) (r Result) {
	for _, a := range s.Attempts[spec] {
		switch outcome := (report.Spec{State: a.State}); {
		case outcome.Passed():
			r.Passed++
		case outcome.Skipped():
			r.Skipped++
		default:
			r.Failed++
		}
	}
	return r
}

// String describes a result in a word or two.
func (r Result) String() string {
	switch {
	case r == Result{}:
		return notRun
	case r.Passed == 0 && r.Failed == 0:
		return "skipped"
	case r.Failed == 0:
		return "pass"
	case r.Passed == 0:
		return "fail"
	default:
		return fmt.Sprintf("pass %d of %d", r.Passed, r.Passed+r.Failed)
	}
}

// Differ reports whether the sides' results of a spec differ, as far as it has run on them.
func (t Table) Differ(spec string) bool {
	var seen []string
	for _, side := range t.Sides {
		if r := side.Result(spec); r != (Result{}) {
			seen = append(seen, r.String())
		}
	}
	return len(slices.Compact(seen)) > 1
}

// Fails reports whether a spec has failed on a side.
func (t Table) Fails(spec string) bool {
	return slices.ContainsFunc(t.Sides, func(side Side) bool { return side.Result(spec).Failed > 0 })
}

// Ran returns the table without the specs that have run on the first side alone.
func (t Table) Ran() Table {
	ran := Table{Sides: t.Sides}
	for _, row := range t.Rows {
		if slices.ContainsFunc(t.Sides[1:], func(side Side) bool { return side.Result(row.Name) != Result{} }) {
			ran.Rows = append(ran.Rows, row)
		}
	}
	return ran
}

// message returns why the last attempt failed or was skipped.
func (s Side) message(spec string) string {
	attempts := s.Attempts[spec]
	for _, a := range slices.Backward(attempts) {
		if a.Message != "" {
			return a.Message
		}
	}
	return ""
}

// Summary writes the totals, the differences, and what fails everywhere, as Markdown with headings of a level such as "##".
func (t Table) Summary(out io.Writer, level string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "| kubelet | pass | fail | sometimes | skipped by itself | left out | not run |\n|---|--:|--:|--:|--:|--:|--:|\n")
	for _, side := range t.Sides {
		count := map[string]int{}
		for _, row := range t.Rows {
			switch result := side.Result(row.Name).String(); {
			case row.LeftOut != "":
				count["left out"]++
			case strings.HasPrefix(result, "pass "):
				count["sometimes"]++
			default:
				count[result]++
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d |\n", side.Name, count["pass"], count["fail"], count["sometimes"], count["skipped"],
			count["left out"], count["not run"])
	}
	t.list(&b, level+" Differences", func(row Row) bool { return t.Differ(row.Name) }, func(row Row) string {
		var texts []string
		for _, side := range t.Sides {
			text := side.Name + ": " + side.Result(row.Name).String()
			if message := side.message(row.Name); message != "" {
				text += " (" + message + ")"
			}
			texts = append(texts, text)
		}
		return strings.Join(texts, "; ")
	})
	t.list(&b, level+" Fails on each kubelet", func(row Row) bool { return !t.Differ(row.Name) && t.Sides[0].Result(row.Name).Failed > 0 },
		func(row Row) string { return cmp.Or(row.Known, t.Sides[0].message(row.Name)) })
	t.list(&b, level+" Skipped by itself", func(row Row) bool { return t.Sides[0].Result(row.Name).String() == "skipped" },
		func(row Row) string { return t.Sides[0].message(row.Name) })
	t.list(&b, level+" Left out", func(row Row) bool { return row.LeftOut != "" }, func(row Row) string { return row.LeftOut })
	_, err := io.WriteString(out, b.String())
	return err
}

// list writes the specs of a kind below a heading, those with the same explanation together.
func (t Table) list(b *strings.Builder, heading string, is func(Row) bool, explain func(Row) string) {
	byReason, reasons := map[string][]string{}, []string(nil)
	for _, row := range t.Rows {
		if !is(row) {
			continue
		}
		reason := explain(row)
		if _, known := byReason[reason]; !known {
			reasons = append(reasons, reason)
		}
		byReason[reason] = append(byReason[reason], row.Name)
	}
	if len(reasons) == 0 {
		fmt.Fprintf(b, "\n%s\n\nNone.\n", heading)
		return
	}
	fmt.Fprintf(b, "\n%s\n\n", heading)
	for _, reason := range reasons {
		item(b, "", reason)
		for _, name := range byReason[reason] {
			item(b, "  ", name)
		}
	}
}

// lineLength is what the lines of a document of this repository may have, in characters.
const lineLength = 120

// item writes an item of a list, on as many lines as it needs.
func item(b *strings.Builder, indent, text string) {
	lines := strings.Split(wordwrap.WrapString(escape(text), uint(lineLength-len(indent+"- "))), "\n")
	fmt.Fprintf(b, "%s- %s\n", indent, lines[0])
	for _, line := range lines[1:] {
		// These begin an item, or a heading, where they begin a line.
		if strings.ContainsRune("-+#", rune(line[0])) {
			line = "\\" + line
		}
		fmt.Fprintf(b, "%s  %s\n", indent, line)
	}
}

// escape keeps Markdown from reading text as its own signs.
func escape(text string) string {
	return strings.NewReplacer("\\", "\\\\", "<", "&lt;", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "|", "\\|").Replace(text)
}
