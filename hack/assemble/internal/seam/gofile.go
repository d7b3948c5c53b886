// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// A goFile is a parsed Go file.
type goFile struct {
	path string
	src  []byte
	fset *token.FileSet
	ast  *ast.File
}

func parseFile(path string, src []byte) (*goFile, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &goFile{path: path, src: src, fset: fset, ast: file}, nil
}

func (f *goFile) isTest() bool { return isTestPath(f.path) }

func isTestPath(path string) bool { return strings.HasSuffix(path, "_test.go") }

// line ignores line directives, because people look up the line in the real file.
func (f *goFile) line(pos token.Pos) int { return f.fset.PositionFor(pos, false).Line }

func (f *goFile) offset(pos token.Pos) int { return f.fset.PositionFor(pos, false).Offset }

func (f *goFile) place(pos token.Pos) string { return fmt.Sprintf("%s:%d", f.path, f.line(pos)) }

func (f *goFile) text(n interface {
	Pos() token.Pos
	End() token.Pos
}) string {
	return string(f.src[f.offset(n.Pos()):f.offset(n.End())])
}

// hashText returns the hash that directives carry.
func hashText(text string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))[:16]
}

// receiverOf returns the name of a method's receiver type, or "" for a function.
func receiverOf(fn *ast.FuncDecl) (name string, pointer bool) {
	if fn.Recv == nil || len(fn.Recv.List) != 1 {
		return "", false
	}
	return baseName(fn.Recv.List[0].Type)
}

// baseName returns the name of a type without its package and arguments, or "" if it has none, and whether it is a pointer.
func baseName(expr ast.Expr) (name string, pointer bool) {
	for {
		switch e := expr.(type) {
		case *ast.ParenExpr:
			expr = e.X
		case *ast.StarExpr:
			pointer, expr = true, e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.SelectorExpr:
			return e.Sel.Name, pointer
		case *ast.Ident:
			return e.Name, pointer
		default:
			return "", pointer
		}
	}
}
