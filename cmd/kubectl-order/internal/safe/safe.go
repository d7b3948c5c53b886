// SPDX-License-Identifier: Apache-2.0

// Package safe makes texts from objects safe to print: whoever writes a pod's annotations, or a container's last words, must not be able
// to write to the terminal of who looks at them.
package safe

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxBytes is the greatest length of one text from an object.
const MaxBytes = 4096

// Line returns the text as one line without control characters: what does not print is written as an escape, such as \x1b. A line break
// is a space, unless it is at the end, as those of messages from containers are.
func Line(text string) string {
	return clean(strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ").Replace(strings.TrimRight(bounded(text), "\r\n\t ")), false)
}

// Lines returns the text without control characters other than line breaks. Tabs become spaces.
func Lines(text string) string {
	return clean(strings.NewReplacer("\r\n", "\n", "\t", "    ").Replace(bounded(text)), true)
}

func clean(text string, breaks bool) string {
	var out strings.Builder
	for i, r := range text {
		switch {
		case r == '\n' && breaks:
			out.WriteByte('\n')
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
			fmt.Fprintf(&out, `\x%02x`, text[i])
		case unicode.IsPrint(r):
			// Letters, marks, numbers, punctuation, symbols and the ASCII space: no control and no invisible format character, such as
			// one that reverses the direction of what follows.
			out.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&out, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			fmt.Fprintf(&out, `\U%08x`, r)
		}
	}
	return out.String()
}

// bounded cuts a text that is too long, not within a character.
func bounded(text string) string {
	if len(text) <= MaxBytes {
		return text
	}
	end := MaxBytes
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
