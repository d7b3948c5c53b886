// SPDX-License-Identifier: Apache-2.0

package linediff

import (
	"slices"
	"testing"
)

func TestDiff(t *testing.T) {
	tests := map[string]struct {
		before, after string
		want          []string
	}{
		"equal":   {before: "a\nb\n", after: "a\nb\n"},
		"empty":   {},
		"added":   {before: "a\nc\n", after: "a\nb\nc\n", want: []string{"+b"}},
		"removed": {before: "a\nb\nc\n", after: "a\nc\n", want: []string{"-b"}},
		"changed": {before: "a\nb\nc\n", after: "a\nx\nc\n", want: []string{"-b", "+x"}},
		"all":     {before: "a\n", after: "b\nc\n", want: []string{"-a", "+b", "+c"}},
		"two":     {before: "a\nb\nc\nd\ne\n", after: "a\nc\nd\nf\ne\ng\n", want: []string{"-b", "+f", "+g"}},
		"new":     {after: "a\n", want: []string{"+a"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Diff(tc.before, tc.after); !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
