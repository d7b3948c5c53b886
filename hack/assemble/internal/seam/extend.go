// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"kubelet-ordering/hack/assemble/internal/problem"
)

// extend adds the own struct's fields to upstream's struct, on the line of its closing brace.
func (r *resolver) extend(d declared, p *goPackage, decl Decl) {
	own, ok := d.spec.Type.(*ast.StructType)
	if !ok || d.spec.Assign.IsValid() || d.spec.TypeParams != nil {
		r.problems.Add(d.problem("the directive stands above "+d.spec.Name.Name+", which is no plain struct type",
			"put it above a struct that has the fields"))
		return
	}
	up, ok := decl.spec.Type.(*ast.StructType)
	if !ok {
		r.problems.Add(d.problem(fmt.Sprintf("upstream's type at %s:%d is no struct", decl.Path, decl.Line),
			"extend the struct that it is made of"))
		return
	}
	if len(own.Fields.List) == 0 {
		r.problems.Add(d.problem("the own struct has no fields", "add the fields or remove the directive"))
		return
	}
	var added []string
	for _, field := range own.Fields.List {
		text, err := fieldText(d.file, field)
		if err != nil {
			r.problems.Add(d.fieldProblem(field, err.Error(), "write the field on one line"))
		}
		for _, name := range fieldNames(field) {
			if place, ok := p.names[member(d.name, name)]; ok && name != "_" {
				r.problems.Add(d.fieldProblem(field, fmt.Sprintf("upstream's %s has a field or method %s, at %s", d.name, name, place),
					"give the own field another name, or use upstream's"))
			}
		}
		if err := checkFieldType(field.Type, d.file, decl.file, p.names); err != nil {
			r.problems.Add(d.fieldProblem(field, err.Error(),
				"use types of the package, predeclared types, or packages that upstream's file imports by the same name"))
		}
		added = append(added, text)
	}
	closing := decl.file.offset(up.Fields.Closing)
	text := strings.Join(added, "; ")
	if n := len(up.Fields.List); n > 0 {
		last := decl.file.offset(up.Fields.List[n-1].End())
		if !bytes.Contains(decl.file.src[last:closing], []byte("\n")) {
			text = "; " + text // the line's end does not end the last field
		}
	}
	r.plan.Edits[decl.Path] = append(r.plan.Edits[decl.Path], Edit{Offset: closing, Text: text})
}

// fieldText is a field without its comments.
func fieldText(f *goFile, field *ast.Field) (string, error) {
	text := f.text(field)
	if strings.Contains(text, "\n") {
		return "", errors.New("the field takes several lines")
	}
	if strings.Contains(text, "/*") {
		return "", errors.New("the field has a comment in its middle")
	}
	return text, nil
}

func (d declared) fieldProblem(field *ast.Field, what, remedy string) problem.Problem {
	p := d.problem("field "+strings.Join(fieldNames(field), ", ")+": "+what, remedy)
	p.Line = d.file.line(field.Pos())
	return p
}

// checkFieldType returns an error if the type means something else, or nothing, in upstream's file.
func checkFieldType(expr ast.Expr, own, up *goFile, names nameSet) error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	ast.Inspect(expr, func(n ast.Node) bool {
		switch e := n.(type) {
		case *ast.Ident:
			if _, ok := names[e.Name]; !ok && types.Universe.Lookup(e.Name) == nil {
				fail("nothing in the package is called %s", e.Name)
			}
		case *ast.SelectorExpr:
			pkg, ok := e.X.(*ast.Ident)
			if !ok {
				fail("%s is no type", own.text(e))
				return false
			}
			if ownPath, upPath := own.importPath(pkg.Name), up.importPath(pkg.Name); ownPath == "" || ownPath != upPath {
				fail("package %s is %q in the own file and %q in %s", pkg.Name, ownPath, upPath, up.path)
			}
			return false
		case *ast.StructType, *ast.InterfaceType, *ast.FuncType:
			fail("the type %s has no name", own.text(e))
			return false
		}
		return true
	})
	return errors.Join(errs...)
}
