// SPDX-License-Identifier: Apache-2.0

// Package seam connects the project's own functions and types with upstream's.
//
// A directive in the doc comment of an own function or type declares a seam:
//
//	//upstream:wrap (*Manager).decide body=0123456789abcdef
//	func (m *Manager) decide(pod *Pod) bool { return m.upstreamDecide(pod) && m.own(pod) }
//
// renames upstream's method to upstreamDecide; the own method replaces it. A directive names a plain function without a
// receiver.
//
//	//upstream:replace decide body=0123456789abcdef
//
// is for a function that does not compile, or makes no sense, with the fields that an extend has added. It comments
// upstream's function out. The own function must do everything that upstream's did, so prefer a wrap.
//
//	//upstream:extend Lifecycle body=0123456789abcdef
//	type lifecycleFields struct { ... }
//
// adds the fields to upstream's struct Lifecycle.
//
// The body is a hash of upstream's declaration, so that no upstream change is built without a review. Edits never add or
// remove a line: stack traces of the assembled tree show upstream's real lines.
package seam
