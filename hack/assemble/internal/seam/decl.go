// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"cmp"
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// A Decl is a declaration that a directive can name.
type Decl struct {
	// Path and Line are its position.
	Path string
	Line int
	// Text is its source up to the closing brace: a function's from "func", a type's from its name.
	Text string
	// Signature is a function's canonical form without parameter names, and empty for types.
	Signature string

	file *goFile
	fn   *ast.FuncDecl
	spec *ast.TypeSpec
}

// Hash returns the hash that a directive for the declaration carries.
func (d Decl) Hash() string { return hashText(d.Text) }

// find returns the declarations that the directive names in a package's non-test files.
func find(files []*goFile, pkg string, d directive) []Decl {
	var decls []Decl
	for _, f := range files {
		if f.isTest() || f.ast.Name.Name != pkg {
			continue
		}
		for _, decl := range f.ast.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				recv, _ := receiverOf(decl)
				if d.kind != Extend && decl.Name.Name == d.name && recv == d.receiver {
					decls = append(decls, f.funcDecl(decl))
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					ts, ok := spec.(*ast.TypeSpec)
					if d.kind == Extend && ok && ts.Name.Name == d.name {
						decls = append(decls, Decl{Path: f.path, Line: f.line(ts.Pos()), Text: f.text(ts), file: f, spec: ts})
					}
				}
			}
		}
	}
	slices.SortFunc(decls, func(a, b Decl) int { return cmp.Or(strings.Compare(a.Path, b.Path), a.Line-b.Line) })
	return decls
}

func (f *goFile) funcDecl(fn *ast.FuncDecl) Decl {
	return Decl{Path: f.path, Line: f.line(fn.Name.Pos()), Text: f.text(fn), Signature: f.signature(fn), file: f, fn: fn}
}

// Find returns the declarations in an upstream tree that a resolved seam names. The code around them may have changed.
func Find(src Source, s Seam) ([]Decl, error) {
	d := directive{kind: s.Kind}
	if err := d.parseTarget(s.Target); err != nil {
		return nil, err
	}
	files, err := upstreamFiles(src, s.Dir)
	if err != nil {
		return nil, err
	}
	return find(files, s.Package, d), nil
}

// upstreamFiles parses the non-test files of a directory.
func upstreamFiles(src Source, dir string) ([]*goFile, error) {
	var files []*goFile
	for _, name := range src.GoFiles(dir) {
		if isTestPath(name) || strings.HasPrefix(path.Base(name), "_") {
			continue
		}
		data, err := src.Read(name)
		if err != nil {
			return nil, err
		}
		f, err := parseFile(name, data)
		if err != nil {
			return nil, fmt.Errorf("parsing upstream's file: %w", err)
		}
		files = append(files, f)
	}
	return files, nil
}

// fieldNames returns a field's names; an embedded field is named after its type.
func fieldNames(f *ast.Field) []string {
	if len(f.Names) == 0 {
		name, _ := baseName(f.Type)
		return []string{name}
	}
	var names []string
	for _, n := range f.Names {
		names = append(names, n.Name)
	}
	return names
}
