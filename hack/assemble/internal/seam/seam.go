// SPDX-License-Identifier: Apache-2.0

package seam

import "strings"

// A Kind says what a seam does to upstream's declaration.
type Kind string

// The kinds of seams.
const (
	Wrap    Kind = "wrap"
	Replace Kind = "replace"
	Extend  Kind = "extend"
)

// A Seam is one resolved connection between an own declaration and an upstream one.
type Seam struct {
	Kind Kind
	// Target is the name of upstream's declaration as written in the directive: "getPhase", "(*Kubelet).getPhase" or "Lifecycle".
	Target string
	// Dir is the directory of both declarations, Package the name of their package.
	Dir, Package string
	// Own and OwnLine are the file and line of the directive.
	Own     string
	OwnLine int
	// Upstream is the file of upstream's declaration.
	Upstream string
	// Body is the hash of upstream's declaration.
	Body string
}

// A Source is an upstream tree.
type Source interface {
	// Has reports whether there is a file with that path.
	Has(path string) bool
	// HasDir reports whether there is a directory with that path that has files.
	HasDir(dir string) bool
	// GoFiles returns the paths of the directory's Go files.
	GoFiles(dir string) []string
	// Read returns a file's content.
	Read(path string) ([]byte, error)
}

// upstreamName is the new name of a wrapped function.
func upstreamName(name string) string {
	return "upstream" + strings.ToUpper(name[:1]) + name[1:]
}
