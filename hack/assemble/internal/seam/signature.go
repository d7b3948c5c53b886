// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"fmt"
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

// signature returns a function's receiver, type parameters, parameters and results in a canonical form. Two functions of
// one package have the same form if and only if their types are identical: it omits parameter names and uses import paths
// instead of package names. It compares unnamed types by their text; the compiler decides in the end.
func (f *goFile) signature(fn *ast.FuncDecl) string {
	var b strings.Builder
	b.WriteString("func ")
	if fn.Recv != nil {
		b.WriteString("(" + f.fieldTypes(fn.Recv) + ") ")
	}
	b.WriteString(fn.Name.Name)
	if fn.Type.TypeParams != nil {
		b.WriteString(f.text(fn.Type.TypeParams))
	}
	b.WriteString(f.funcType(fn.Type))
	return b.String()
}

func (f *goFile) funcType(t *ast.FuncType) string {
	s := "(" + f.fieldTypes(t.Params) + ")"
	if t.Results == nil || len(t.Results.List) == 0 {
		return s
	}
	return s + " (" + f.fieldTypes(t.Results) + ")"
}

func (f *goFile) fieldTypes(list *ast.FieldList) string {
	var types []string
	for _, field := range list.List {
		for range max(1, len(field.Names)) {
			types = append(types, f.typeString(field.Type))
		}
	}
	return strings.Join(types, ", ")
}

func (f *goFile) typeString(expr ast.Expr) string {
	switch e := expr.(type) {
	case nil:
		return ""
	case *ast.Ident:
		return e.Name
	case *ast.BasicLit:
		return e.Value
	case *ast.ParenExpr:
		return f.typeString(e.X)
	case *ast.StarExpr:
		return "*" + f.typeString(e.X)
	case *ast.SelectorExpr:
		return f.selector(e)
	case *ast.Ellipsis:
		return "..." + f.typeString(e.Elt)
	case *ast.ArrayType:
		return "[" + f.typeString(e.Len) + "]" + f.typeString(e.Elt)
	case *ast.MapType:
		return "map[" + f.typeString(e.Key) + "]" + f.typeString(e.Value)
	case *ast.ChanType:
		return chanPrefix(e.Dir) + "(" + f.typeString(e.Value) + ")"
	case *ast.FuncType:
		return "func" + f.funcType(e)
	case *ast.IndexExpr:
		return f.typeString(e.X) + "[" + f.typeString(e.Index) + "]"
	case *ast.IndexListExpr:
		var args []string
		for _, index := range e.Indices {
			args = append(args, f.typeString(index))
		}
		return f.typeString(e.X) + "[" + strings.Join(args, ", ") + "]"
	case *ast.InterfaceType:
		if len(e.Methods.List) == 0 {
			return "any"
		}
	}
	// A struct, an interface, a constraint: only identical text is the same type.
	return f.text(expr)
}

func (f *goFile) selector(e *ast.SelectorExpr) string {
	pkg, ok := e.X.(*ast.Ident)
	if !ok {
		return f.text(e)
	}
	if p := f.importPath(pkg.Name); p != "" {
		return strconv.Quote(p) + "." + e.Sel.Name
	}
	return fmt.Sprintf("%s.%s", pkg.Name, e.Sel.Name)
}

func chanPrefix(dir ast.ChanDir) string {
	switch dir {
	case ast.SEND:
		return "chan" + token.ARROW.String() + " "
	case ast.RECV:
		return token.ARROW.String() + "chan "
	default:
		return "chan "
	}
}
