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

// A Seam is one resolved join between an own declaration and upstream's.
type Seam struct {
	Kind Kind
	// Target names upstream's declaration as the directive does: "getPhase", "(*Kubelet).getPhase" or "Lifecycle".
	Target string
	// Dir is the directory of both, and Package its package's name.
	Dir, Package string
	// Own and OwnLine are the place of the directive.
	Own     string
	OwnLine int
	// Upstream is the file that has the declaration.
	Upstream string
	// Body is the hash of upstream's declaration.
	Body string
}

// A Source is an upstream tree.
type Source interface {
	// Has tells whether there is a file of that path.
	Has(path string) bool
	// HasDir tells whether there is a directory of that path with files in it.
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
