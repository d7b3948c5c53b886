// SPDX-License-Identifier: Apache-2.0

package dependency

import "testing"

func TestShorten(t *testing.T) {
	tests := map[string]struct {
		text  string
		limit int
		want  string
	}{
		"short":          {"abc", 5, "abc"},
		"as long":        {"abcde", 5, "abcde"},
		"longer":         {"abcdef", 5, "ab…"},
		"in a character": {"aéédef", 6, "aé…"},
		"between them":   {"aéédef", 7, "aé…"},
		"no whole one":   {"éé", 3, "…"},
		"no UTF-8":       {"a\xff", 5, "a"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Shorten(test.text, test.limit); got != test.want || len(got) > test.limit {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
