// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"strings"
	"testing"
)

// TestDecodeIsBounded: whatever a value contains, decoding it allocates a small multiple of its length.
func TestDecodeIsBounded(t *testing.T) {
	numbered := func(format string) func(int) string {
		return func(n int) string {
			var text strings.Builder
			for i := range n {
				fmt.Fprintf(&text, format, i)
			}
			return text.String()
		}
	}
	repeat := func(text string) func(int) string {
		return func(n int) string { return strings.Repeat(text, n) }
	}
	lists := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, tt := range map[string]struct {
		begin  string
		middle func(int) string
		end    string
	}{
		"lists":                     {middle: repeat("[")},
		"closed lists":              {middle: lists},
		"objects":                   {middle: repeat("{a: ")},
		"closed objects":            {middle: func(n int) string { return strings.Repeat("{a: ", n) + strings.Repeat("}", n) }},
		"keys of keys":              {middle: repeat("{? ")},
		"block lists":               {middle: repeat("- ")},
		"block keys":                {middle: repeat("? ")},
		"block values":              {middle: repeat(": ")},
		"lines of lists":            {middle: repeat("-\n")},
		"lines of keys":             {middle: repeat("?\n")},
		"lines of values":           {middle: repeat(":\n")},
		"lines of fields":           {middle: numbered("%d:\n")},
		"lines of one field":        {middle: repeat("a:\n")},
		"a flat list":               {begin: "[", middle: repeat("a,"), end: "]"},
		"a list of lists":           {begin: "[", middle: repeat("[],"), end: "]"},
		"a list of objects":         {begin: "[", middle: repeat("{a},"), end: "]"},
		"a list of pairs":           {begin: "[", middle: repeat("a: ,"), end: "]"},
		"a list of empty pairs":     {begin: "[", middle: repeat(": ,"), end: "]"},
		"a list of strings":         {begin: "[", middle: repeat("'',"), end: "]"},
		"a list of tags":            {begin: "[", middle: repeat("! a,")},
		"a list of tags and values": {begin: "{", middle: numbered("! %d: ! '',"), end: "}"},
		"a flat object":             {begin: "{", middle: numbered("%d,"), end: "}"},
		"a field again and again":   {begin: "{", middle: repeat("a,"), end: "}"},
		"documents":                 {middle: repeat("---\n")},
		"ends of documents":         {middle: repeat("...\n")},
		"words":                     {middle: repeat("x ")},
		"lines of words":            {middle: repeat("x\n")},
		"a string of lines":         {begin: `"`, middle: repeat("x\n"), end: `"`},
		"a string of escapes":       {begin: `"`, middle: repeat(`\u0001`), end: `"`},
		"a block of lines":          {begin: "a: |\n", middle: repeat(" x\n")},
		"a folded block":            {begin: "a: >\n", middle: repeat(" x\n")},
		"comments":                  {middle: repeat("#\n")},
		"empty lines":               {middle: repeat("\n")},
		"control characters":        {middle: repeat("\x01")},
		"angle brackets":            {begin: "before: ['", middle: repeat("<"), end: "']"},
		"binary":                    {begin: "before: [!!binary ", middle: repeat("AAAA"), end: "]"},
		"aliases": {
			begin: "x: &x [" + strings.Repeat("web,", 1000) + "]\nbefore: [", middle: repeat("*x,"), end: "]",
		},
		"merges":                   {begin: "x: &x {a: b}\n", middle: repeat("<<: *x\n")},
		"directives":               {begin: "%TAG ! " + strings.Repeat("x", 8000) + "\n---\n[", middle: repeat("!a ,"), end: "]"},
		"UTF-16":                   {begin: "\xff\xfe", middle: repeat("[\x00")},
		"JSON entries":             {begin: `{"dependsOn":[`, middle: repeat("{},"), end: "{}]}"},
		"JSON names":               {begin: `{"before":[`, middle: repeat(`"",`), end: `""]}`},
		"JSON unknown fields":      {begin: "{", middle: numbered(`"%d":0,`), end: `"type":""}`},
		"JSON unknown inner":       {begin: `{"dependsOn":[`, middle: repeat(`{"a":0},`), end: "{}]}"},
		"JSON duplicates":          {begin: "{", middle: repeat(`"type":"",`), end: `"type":""}`},
		"JSON lists":               {begin: `{"a":`, middle: lists, end: "}"},
		"JSON objects of an entry": {begin: `{"dependsOn":`, middle: repeat(`{"dependsOn":`)},
	} {
		t.Run(name, func(t *testing.T) {
			for _, marks := range []int{0, 1, 10, MaxYAMLMarks / 3, MaxYAMLMarks / 2, MaxYAMLMarks - 16, 1000, 2000, 4000, 8000, 1_000_000} {
				text := tt.begin + tt.middle(marks) + tt.end
				expectAllocs(t, fmt.Sprintf("%d bytes with %d marks", len(text), yamlMarks(text)), decodeLimit(text), func() { decode(text) })
			}
		})
	}
}

// TestDecodeOfTokensIsBounded: as TestDecodeIsBounded, for random sequences of what YAML consists of.
func TestDecodeOfTokensIsBounded(t *testing.T) {
	random := newRandom(t)
	tokens := []string{
		"[", "]", "{", "}", ",", ": ", "? ", "- ", "-\n", ":\n", "?\n", "\n", " ", "  ", "! ", "!a ", "!!str ", "'", `"`, "''", "a", "b", "0",
		"|\n", ">\n", "#", "# \n", "---\n", "...\n", "\t", "é", "\u2028", "<<: ", "~", "a: ", "- a\n", "before: ", "&a ", "*a ", "* ",
		"& ", "%", `\x01`,
	}
	for range 2000 {
		few := make([]string, 1+random.Intn(6))
		for i := range few {
			few[i] = pick(random, tokens...)
		}
		var text strings.Builder
		for range random.Intn(2000) {
			text.WriteString(pick(random, few...))
		}
		expectAllocs(t, fmt.Sprintf("%q", few), decodeLimit(text.String()), func() { decode(text.String()) })
	}
}
