// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"strconv"
	"strings"
)

// maxNameBytes is the length of a container's longest valid name.
const maxNameBytes = 63

// moreBytes is the length of the longest text by which a list says how many more items it has.
const moreBytes = len("; and 1000000 more")

// shorten returns valid UTF-8: the text, or its first limit bytes and an ellipsis.
func shorten(text string, limit int) string {
	if len(text) <= limit {
		return strings.ToValidUTF8(text, "")
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}

// Shorten returns the text as valid UTF-8 of at most limit bytes. If it is longer, it ends with an ellipsis, which has three of them.
func Shorten(text string, limit int) string {
	if len(text) <= limit {
		return strings.ToValidUTF8(text, "")
	}
	return shorten(text, limit-len("…"))
}

// bounded returns the text with at most MaxTextBytes bytes. It is the last resort: texts are built within their bounds.
func bounded(text []byte) string {
	if len(text) <= MaxTextBytes {
		return string(text)
	}
	return shorten(string(text[:MaxTextBytes]), MaxTextBytes-len("…"))
}

// appendName appends the quoted name of a container, with about as many bytes as the longest valid name has.
func appendName(text []byte, name string) []byte {
	before := len(text)
	text = strconv.AppendQuote(text, shorten(name, maxNameBytes))
	if len(text)-before > maxNameBytes+len(`"…"`) {
		// A pinned plan may have any name. A byte has at most four when it is quoted.
		text = strconv.AppendQuote(text[:before], shorten(name, maxNameBytes/4))
	}
	return text
}

// appendList appends a list of count items, each of which names one container. It appends as many as may be named and as
// fit into limit bytes of text, and then says how many more there are.
func appendList(text []byte, limit, count int, item func(text []byte, i int) []byte) []byte {
	for i := range count {
		before := len(text)
		if i > 0 {
			text = append(text, ", "...)
		}
		if i < MaxTextNames {
			text = item(text, i)
		}
		if i >= MaxTextNames || len(text)+moreBytes > limit {
			return fmt.Appendf(text[:before], " and %d more", count-i)
		}
	}
	return text
}

// appendNames appends a list of quoted names.
func appendNames(text []byte, limit int, list []string) []byte {
	return appendList(text, limit, len(list), func(text []byte, i int) []byte { return appendName(text, list[i]) })
}
