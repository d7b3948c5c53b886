// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// The message of an invalid pod has whole problems as long as they fit, and says how many more there are.
func TestInvalidErrorIsBounded(t *testing.T) {
	problem := func(bytes int) *field.Error { return field.Required(field.NewPath("x"), strings.Repeat("é", bytes/2)) }
	const perProblem = len("x: Required value: ") + 100
	for name, tt := range map[string]struct {
		problems field.ErrorList
		more     int
		// wantWhole is the number of problems in the message, and wantMore the number that it gives for the others.
		wantWhole, wantMore int
	}{
		"one":                              {problems: field.ErrorList{problem(100)}, wantWhole: 1},
		"as many as fit":                   {problems: slicesOf(8, problem(100)), wantWhole: 8},
		"too many":                         {problems: slicesOf(30, problem(100)), wantWhole: 8, wantMore: 22},
		"some are not listed":              {problems: slicesOf(2, problem(100)), more: 7, wantWhole: 2, wantMore: 7},
		"too many, and some are not":       {problems: slicesOf(MaxProblems, problem(100)), more: 7, wantWhole: 8, wantMore: MaxProblems - 1},
		"a second that is too long":        {problems: field.ErrorList{problem(100), problem(5000), problem(100)}, wantWhole: 1, wantMore: 2},
		"a first that is too long":         {problems: field.ErrorList{problem(5000)}},
		"a first that is too long, others": {problems: field.ErrorList{problem(5000), problem(5000)}, more: 3, wantMore: 4},
	} {
		t.Run(name, func(t *testing.T) {
			got := (&InvalidError{Problems: tt.problems, More: tt.more}).Error()
			if len(got) > MaxTextBytes || !utf8.ValidString(got) {
				t.Errorf("a message of %d bytes: %q", len(got), got)
			}
			whole := 0
			for _, part := range strings.Split(got, "; ") {
				if len(part) == perProblem {
					whole++
				}
			}
			if whole != tt.wantWhole {
				t.Errorf("%d whole problems, want %d: %s", whole, tt.wantWhole, got)
			}
			if more := fmt.Sprintf("; and %d more", tt.wantMore); strings.HasSuffix(got, more) != (tt.wantMore > 0) ||
				strings.Contains(got, " more") != (tt.wantMore > 0) {
				t.Errorf("want %d more: %s", tt.wantMore, got)
			}
		})
	}
}

func slicesOf(n int, problem *field.Error) field.ErrorList {
	var list field.ErrorList
	for range n {
		list = append(list, problem)
	}
	return list
}
