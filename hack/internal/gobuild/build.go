// SPDX-License-Identifier: Apache-2.0

// Package gobuild runs the go command and reports progress: how many packages there are to compile, about how long that takes, and
// how many are done.
package gobuild

import (
	"fmt"
	"slices"
)

// Build is one call of the go command.
type Build struct {
	// Name is the user-visible name of the result.
	Name string
	// Dir is a directory in the module of the packages.
	Dir string
	// Env is added to the environment of the go command.
	Env []string
	// Flags are the build flags that affect which cached packages can be used, such as -trimpath.
	Flags []string
	// Packages are the packages to build.
	Packages []string
	// Command is the go command's verb and the arguments after it, without Flags.
	Command []string
	// Test is set when Command builds the tests of the packages.
	Test bool
}

// staleFormat prints each package that is not in the build cache, with the version of its module, because two builds may need
// different versions. It marks programs, which are never in the cache.
const staleFormat = `{{if .Stale}}{{.ImportPath}}{{"\t"}}{{with .Module}}{{.Version}}{{end}}` +
	`{{if eq .Name "main"}}{{"\t"}}main{{end}}{{end}}`

// list returns the arguments that list the packages to compile. The command may download modules.
func (b Build) list() []string {
	return slices.Concat([]string{"list", "-deps", fmt.Sprintf("-test=%v", b.Test), "-f", staleFormat}, b.Flags, b.Packages)
}

// steps returns the arguments of the go commands that build. The first one prints the import path of each package that it compiles.
func (b Build) steps() [][]string {
	verb, rest := b.Command[0], b.Command[1:]
	if !b.Test {
		return [][]string{slices.Concat([]string{verb, "-v"}, b.Flags, rest)}
	}
	// The -v of `go test` has another meaning. `go list -export` compiles the same packages and links nothing.
	return [][]string{
		slices.Concat([]string{"list", "-deps", "-test", "-export", "-v", "-f", `{{""}}`}, b.Flags, b.Packages),
		slices.Concat([]string{verb}, b.Flags, rest),
	}
}
