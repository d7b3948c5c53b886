// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"fmt"
	"go/ast"
)

// wrap renames upstream's function, so that the own one replaces it.
func (r *resolver) wrap(d declared, p *goPackage, decl Decl) {
	r.checkFunction(d, decl)
	name := upstreamName(d.name)
	place, err := p.taken(d.receiver, name)
	if err != nil {
		r.problems.Add(d.problem(err.Error(), "run go clean -modcache"))
	}
	if place != "" {
		r.problems.Add(d.problem(fmt.Sprintf("the name %s, which upstream's function would get, is taken at %s", name, place),
			"rename what has it, or wrap another function"))
	}
	// Two wraps can result in the same name: those of syncPod and SyncPod do.
	p.names.put(member(d.receiver, name), d.file, d.fn)
	r.edit(decl, decl.fn.Name, name)
}

// checkFunction reports an own function that cannot replace upstream's.
func (r *resolver) checkFunction(d declared, decl Decl) {
	recv, pointer := receiverOf(d.fn)
	if recv != d.receiver || pointer != d.pointer || d.fn.Name.Name != d.name {
		found := directive{receiver: recv, pointer: pointer, name: d.fn.Name.Name}.target()
		r.problems.Add(d.problem("the directive stands above "+found, "make the two name the same function"))
	} else if own := d.file.signature(d.fn); own != decl.Signature {
		r.problems.Add(d.problem(fmt.Sprintf("the signatures differ: own is %q, upstream's at %s:%d is %q",
			own, decl.Path, decl.Line, decl.Signature), "give the own function upstream's signature"))
	}
	if decl.fn.Body == nil || d.fn.Body == nil {
		r.problems.Add(d.problem("one of the two functions has no body", "declare a seam on a function that is written in Go"))
	}
}

func (r *resolver) edit(decl Decl, name *ast.Ident, text string) {
	r.plan.Edits[decl.Path] = append(r.plan.Edits[decl.Path],
		Edit{Offset: decl.file.offset(name.Pos()), Length: len(name.Name), Text: text})
}

// functions returns the file's functions and methods.
func (f *goFile) functions() []*ast.FuncDecl {
	var fns []*ast.FuncDecl
	for _, decl := range f.ast.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok {
			fns = append(fns, fn)
		}
	}
	return fns
}
