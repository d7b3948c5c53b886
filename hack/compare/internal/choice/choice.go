// SPDX-License-Identifier: Apache-2.0

// Package choice says why specs are left out or fail everywhere, and divides the others into runs of the suite.
package choice

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"

	"kubelet-ordering/hack/compare/internal/report"
)

// Explanation is a pattern of specs, and why they are left out, or why they fail on any kubelet.
type Explanation struct {
	Pattern *regexp.Regexp
	Reason  string
}

// ReadExplanations reads patterns, one regular expression per line. The comment above them, whose lines begin with #, is their reason;
// a pattern without one is an error.
func ReadExplanations(in io.Reader) ([]Explanation, error) {
	var explanations []Explanation
	var reason []string
	ended := false
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		comment, isComment := strings.CutPrefix(line, "#")
		switch {
		case line == "":
			reason, ended = nil, false
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
			explanations, ended = append(explanations, Explanation{pattern, strings.Join(reason, " ")}), true
		}
	}
	return explanations, lines.Err()
}

// Reason returns the first explanation of a spec, or "".
func Reason(explanations []Explanation, spec string) string {
	for _, l := range explanations {
		if l.Pattern.MatchString(spec) {
			return l.Reason
		}
	}
	return ""
}

// Focus returns an expression that matches these specs.
func Focus(run []report.Spec) string {
	var quoted []string
	for _, s := range run {
		quoted = append(quoted, regexp.QuoteMeta(s.Name))
	}
	return "(" + strings.Join(quoted, "|") + ")$"
}
