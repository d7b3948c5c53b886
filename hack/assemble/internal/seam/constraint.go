// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"go/build/constraint"
	"path"
	"slices"
	"strings"
)

// The values of GOOS and GOARCH that a file's name can end with.
var (
	knownOS = strings.Fields("aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris " +
		"wasip1 windows")
	knownArch = strings.Fields("386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm")
)

// buildConstraint returns the constraint from a file's name and its go:build line; "" means all builds. A wrap must be in
// the same builds as the wrapped function: otherwise a build lacks a function or has two.
func (f *goFile) buildConstraint() string {
	terms := nameTerms(path.Base(f.path))
	for _, group := range f.ast.Comments {
		if group.Pos() > f.ast.Package {
			break
		}
		for _, c := range group.List {
			if expr, err := constraint.Parse(c.Text); err == nil && constraint.IsGoBuild(c.Text) {
				terms = append(terms, andTerms(expr)...)
			}
		}
	}
	slices.Sort(terms)
	return strings.Join(slices.Compact(terms), " && ")
}

func nameTerms(base string) []string {
	parts := strings.Split(strings.TrimSuffix(strings.TrimSuffix(base, ".go"), "_test"), "_")[1:]
	n := len(parts)
	switch {
	case n >= 2 && slices.Contains(knownOS, parts[n-2]) && slices.Contains(knownArch, parts[n-1]):
		return slices.Clone(parts[n-2:])
	case n >= 1 && (slices.Contains(knownOS, parts[n-1]) || slices.Contains(knownArch, parts[n-1])):
		return []string{parts[n-1]}
	}
	return nil
}

func andTerms(expr constraint.Expr) []string {
	if and, ok := expr.(*constraint.AndExpr); ok {
		return append(andTerms(and.X), andTerms(and.Y)...)
	}
	return []string{expr.String()}
}

func describeConstraint(c string) string {
	if c == "" {
		return "every build"
	}
	return "builds with " + c
}
