// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"slices"
	"strings"
)

// An Edit replaces a piece of an upstream file within one line.
type Edit struct {
	// Offset and Length give the piece's position, in bytes.
	Offset, Length int
	// Text replaces it.
	Text string
}

// Apply returns the source with the edits applied. Edits must not overlap. The result has the same number of lines.
func Apply(path string, src []byte, edits []Edit) ([]byte, error) {
	sorted := slices.SortedFunc(slices.Values(edits), func(a, b Edit) int { return a.Offset - b.Offset })
	var out bytes.Buffer
	end := 0
	for _, e := range sorted {
		if e.Offset < end || e.Offset+e.Length > len(src) {
			return nil, fmt.Errorf("splicing %s: the edit at offset %d overlaps another: declare one seam per target", path, e.Offset)
		}
		if strings.Contains(e.Text, "\n") || bytes.Contains(src[e.Offset:e.Offset+e.Length], []byte("\n")) {
			return nil, fmt.Errorf("splicing %s: the edit at offset %d would move lines: write it on one line", path, e.Offset)
		}
		out.Write(src[end:e.Offset])
		out.WriteString(e.Text)
		end = e.Offset + e.Length
	}
	out.Write(src[end:])
	if _, err := parser.ParseFile(token.NewFileSet(), path, out.Bytes(), parser.SkipObjectResolution); err != nil {
		return nil, fmt.Errorf("splicing %s: the result is no Go any more: %w", path, err)
	}
	return out.Bytes(), nil
}
