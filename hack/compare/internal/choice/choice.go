// SPDX-License-Identifier: Apache-2.0

// Package choice chooses the specs of a comparison, and divides them into runs of the suite.
package choice

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"kubelet-ordering/hack/compare/internal/report"
)

// LeftOut is a pattern of specs that are left out, and why.
type LeftOut struct {
	Pattern *regexp.Regexp
	Reason  string
}

// ReadLeftOut reads patterns, one regular expression per line. The comment above them, whose lines begin with #, is their reason;
// a pattern without one is an error.
func ReadLeftOut(in io.Reader) ([]LeftOut, error) {
	var left []LeftOut
	var reason []string
	ended := false
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		comment, isComment := strings.CutPrefix(line, "#")
		switch {
		case line == "":
		case isComment:
			if ended {
				reason, ended = nil, false
			}
			reason = append(reason, strings.TrimSpace(comment))
		case len(reason) == 0:
			return nil, fmt.Errorf("line %d: %q has no reason: write one in a comment above it", n, line)
		default:
			pattern, err := regexp.Compile(line)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			left, ended = append(left, LeftOut{pattern, strings.Join(reason, " ")}), true
		}
	}
	return left, lines.Err()
}

// Reason returns why a spec is left out, or "".
func Reason(left []LeftOut, spec string) string {
	for _, l := range left {
		if l.Pattern.MatchString(spec) {
			return l.Reason
		}
	}
	return ""
}

// Runs divides specs into runs of at most size specs, in the order of their groups. A group is divided only if it is larger.
func Runs(specs []report.Spec, size int) [][]report.Spec {
	specs = slices.Clone(specs)
	slices.SortStableFunc(specs, func(a, b report.Spec) int { return cmp.Compare(a.Group, b.Group) })
	var runs [][]report.Spec
	var run []report.Spec
	for len(specs) > 0 {
		end := slices.IndexFunc(specs, func(s report.Spec) bool { return s.Group != specs[0].Group })
		if end < 0 {
			end = len(specs)
		}
		group := specs[:min(end, size)]
		specs = specs[len(group):]
		if len(run)+len(group) > size {
			runs, run = append(runs, run), nil
		}
		run = append(run, group...)
	}
	if len(run) > 0 {
		runs = append(runs, run)
	}
	return runs
}

// Focus returns an expression that matches these specs.
func Focus(run []report.Spec) string {
	var quoted []string
	for _, s := range run {
		quoted = append(quoted, regexp.QuoteMeta(s.Name))
	}
	return "(" + strings.Join(quoted, "|") + ")$"
}
