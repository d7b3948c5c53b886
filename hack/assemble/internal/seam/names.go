// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"go/ast"
)

// A nameSet maps the names that a package declares to their places: "f" for the package's own scope, "T.f" for the
// methods and fields of its type T.
type nameSet map[string]string

// add adds the names that a file declares.
func (n nameSet) add(f *goFile) {
	for _, spec := range f.ast.Imports {
		// An import must not have the name of a package-level declaration in any file of the package.
		if spec.Name != nil {
			n.put(spec.Name.Name, f, spec)
		}
	}
	for _, decl := range f.ast.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			n.put(member(receiverName(decl), decl.Name.Name), f, decl.Name)
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				n.addSpec(f, spec)
			}
		}
	}
}

func (n nameSet) addSpec(f *goFile, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			n.put(name.Name, f, name)
		}
	case *ast.TypeSpec:
		n.put(spec.Name.Name, f, spec.Name)
		st, ok := spec.Type.(*ast.StructType)
		if !ok {
			return
		}
		for _, field := range st.Fields.List {
			for _, name := range fieldNames(field) {
				n.put(member(spec.Name.Name, name), f, field)
			}
		}
	}
}

func (n nameSet) put(name string, f *goFile, at ast.Node) {
	if _, ok := n[name]; !ok {
		n[name] = f.place(at.Pos())
	}
}

func member(typeName, name string) string {
	if typeName == "" {
		return name
	}
	return typeName + "." + name
}

func receiverName(fn *ast.FuncDecl) string {
	name, _ := receiverOf(fn)
	return name
}
