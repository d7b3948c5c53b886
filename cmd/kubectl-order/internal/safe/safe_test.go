// SPDX-License-Identifier: Apache-2.0

package safe

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"plain":            {`waiting for "certs" (ü, 数)`, `waiting for "certs" (ü, 数)`},
		"escape sequences": {"a\x1b[31mb\x07", `a\x1b[31mb\x07`},
		"C1 controls":      {"a\u009b31m", `a\u009b31m`},
		"bidi override":    {"a\u202eb", `a\u202eb`},
		"zero width":       {"a\u200bb", `a\u200bb`},
		"line breaks":      {"a\r\nb\nc\td", "a b c d"},
		"carriage return":  {"a\rb", `a\x0db`},
		"not UTF-8":        {"a\xffb", `a\xffb`},
		"tag characters":   {"a\U000e0041", `a\U000e0041`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Line(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestLinesKeepsLineBreaks(t *testing.T) {
	if got, want := Lines("a\r\nb\x1b\tc"), "a\nb\\x1b    c"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLongTextsAreCut(t *testing.T) {
	got := Line(strings.Repeat("ü", MaxBytes))
	if len(got) > MaxBytes+len("…") || !utf8.ValidString(got) || !strings.HasSuffix(got, "ü…") {
		t.Errorf("got %d bytes that end in %q", len(got), got[len(got)-8:])
	}
}
