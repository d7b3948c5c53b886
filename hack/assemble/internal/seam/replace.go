// SPDX-License-Identifier: Apache-2.0

package seam

import "bytes"

// replace takes upstream's function out of the build, so that the own one takes its place alone. Each of its lines becomes
// a comment: no line moves, and what was there can still be read.
func (r *resolver) replace(d declared, decl Decl) {
	r.checkFunction(d, decl)
	begin, end := decl.file.offset(decl.fn.Pos()), decl.file.offset(decl.fn.End())
	for line := begin; line < end; {
		r.plan.Edits[decl.Path] = append(r.plan.Edits[decl.Path], Edit{Offset: line, Text: "//"})
		next := bytes.IndexByte(decl.file.src[line:end], '\n')
		if next < 0 {
			break
		}
		line += next + 1
	}
}
