// SPDX-License-Identifier: Apache-2.0

// Package gobuild runs the go command for those who wait for it: it says what there is to compile, about how long that takes,
// and what share of it is done.
package gobuild

import (
	"fmt"
	"slices"
)

// Build is one call of the go command.
type Build struct {
	// Name is what the user knows the result as.
	Name string
	// Dir is a directory in the module of the packages.
	Dir string
	// Env is added to the environment.
	Env []string
	// Flags are those that tell one compilation from another, such as -trimpath.
	Flags []string
	// Packages are the packages that are built.
	Packages []string
	// Command builds them: the verb and what follows it, but for Flags.
	Command []string
	// Test is set when Command builds the tests of the packages.
	Test bool
}

// staleFormat prints a package that is not in the build cache, with what tells it from another build's: the version of its
// module, and its name if that is main, since programs are never in the cache.
const staleFormat = `{{if .Stale}}{{.ImportPath}}{{"\t"}}{{with .Module}}{{.Version}}{{end}}` +
	`{{if eq .Name "main"}}{{"\t"}}main{{end}}{{end}}`

// list are the arguments that list the packages which have to be compiled. They may download modules.
func (b Build) list() []string {
	return slices.Concat([]string{"list", "-deps", fmt.Sprintf("-test=%v", b.Test), "-f", staleFormat}, b.Flags, b.Packages)
}

// steps are the arguments of the calls that build. The first prints the import path of each package that it compiles.
func (b Build) steps() [][]string {
	verb, rest := b.Command[0], b.Command[1:]
	if !b.Test {
		return [][]string{slices.Concat([]string{verb, "-v"}, b.Flags, rest)}
	}
	// The -v of `go test` is another one. To list with -export compiles the same, and links nothing.
	return [][]string{
		slices.Concat([]string{"list", "-deps", "-test", "-export", "-v", "-f", `{{""}}`}, b.Flags, b.Packages),
		slices.Concat([]string{verb}, b.Flags, rest),
	}
}
