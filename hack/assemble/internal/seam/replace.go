// SPDX-License-Identifier: Apache-2.0

package seam

import "bytes"

// replace removes upstream's function from the build, so that the own one replaces it. Each line of the function becomes
// a comment: no line moves, and the code stays readable.
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
