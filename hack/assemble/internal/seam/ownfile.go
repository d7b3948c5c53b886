// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"go/ast"
	"go/token"
	"path"
	"strings"

	"kubelet-ordering/hack/assemble/internal/own"
	"kubelet-ordering/hack/assemble/internal/problem"
)

// A declared directive is a directive in an own file, with the declaration below it.
type declared struct {
	directive
	file *goFile
	line int
	// Exactly one of these is set.
	fn   *ast.FuncDecl
	spec *ast.TypeSpec
}

func (d declared) problem(what, remedy string) problem.Problem {
	return problem.Problem{File: d.file.path, Line: d.line, Target: string(d.kind) + " " + d.target(), What: what, Remedy: remedy}
}

// parseOwn parses the project's Go files.
func parseOwn(files []own.File, problems *problem.List) []*goFile {
	var parsed []*goFile
	for _, f := range files {
		if !isSource(f.Path) {
			continue
		}
		gf, err := parseFile(f.Path, f.Data)
		if err != nil {
			problems.Add(problem.Problem{File: f.Path, What: "cannot be parsed", Remedy: err.Error()})
			continue
		}
		parsed = append(parsed, gf)
	}
	return parsed
}

// isSource excludes the files that the go command ignores.
func isSource(name string) bool {
	for _, elem := range strings.Split(name, "/") {
		if elem == "testdata" || strings.HasPrefix(elem, "_") {
			return false
		}
	}
	return path.Ext(name) == ".go"
}

// directives returns the well-formed directives of a file.
func directives(f *goFile, problems *problem.List) []declared {
	above := docComments(f)
	var found []declared
	for _, group := range f.ast.Comments {
		for _, c := range group.List {
			if !looksLikeDirective.MatchString(c.Text) {
				continue
			}
			line := f.line(c.Pos())
			d, err := parseDirective(c.Text)
			if err != nil {
				problems.Add(problem.Problem{File: f.path, Line: line, What: "malformed directive " + c.Text + ", " + err.Error(),
					Remedy: "write //upstream:wrap <function> body=<hash>, //upstream:replace <function> body=<hash> " +
						"or //upstream:extend <struct> body=<hash>"})
				continue
			}
			dd := declared{directive: d, file: f, line: line}
			switch decl := above[group].(type) {
			case *ast.FuncDecl:
				dd.fn = decl
			case *ast.TypeSpec:
				dd.spec = decl
			}
			if d.kind != Extend && dd.fn == nil {
				problems.Add(dd.problem("the directive is not in the doc comment of a function",
					"put it above the function that takes upstream's place"))
				continue
			}
			if d.kind == Extend && dd.spec == nil {
				problems.Add(dd.problem("the directive is not in the doc comment of a single type",
					"put it above the struct that has the fields"))
				continue
			}
			if f.isTest() {
				problems.Add(dd.problem("the directive is in a test file, so that only tests would have the own half",
					"move it to a file that is no test"))
				continue
			}
			found = append(found, dd)
		}
	}
	return found
}

// docComments maps comments to the declaration that they document.
func docComments(f *goFile) map[*ast.CommentGroup]ast.Node {
	above := map[*ast.CommentGroup]ast.Node{}
	for _, decl := range f.ast.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			above[decl.Doc] = decl
		case *ast.GenDecl:
			if decl.Tok != token.TYPE {
				continue
			}
			for _, spec := range decl.Specs {
				ts := spec.(*ast.TypeSpec)
				if decl.Lparen.IsValid() {
					above[ts.Doc] = ts
				} else {
					above[decl.Doc] = ts
				}
			}
		}
	}
	delete(above, nil)
	return above
}
