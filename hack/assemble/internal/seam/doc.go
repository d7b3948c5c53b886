// SPDX-License-Identifier: Apache-2.0

// Package seam joins the project's own functions and types to upstream's.
//
// A seam is declared by a directive in the doc comment of an own function or type:
//
//	//upstream:wrap (*Manager).decide body=0123456789abcdef
//	func (m *Manager) decide(pod *Pod) bool { return m.upstreamDecide(pod) && m.own(pod) }
//
// renames upstream's method to upstreamDecide; the own method takes its place. A plain function is named without a
// receiver.
//
//	//upstream:replace decide body=0123456789abcdef
//
// is for a function that does not compile, or makes no sense, beside what an extend has added: upstream's is commented out.
// The own function must do all that upstream's did, so wrap wherever that serves.
//
//	//upstream:extend Lifecycle body=0123456789abcdef
//	type lifecycleFields struct { ... }
//
// adds the fields to upstream's struct Lifecycle.
//
// The body is a hash over upstream's declaration, so that a change upstream is never built unseen. Edits never add or
// remove a line: stack traces of the assembled tree name upstream's real lines.
package seam
