// SPDX-License-Identifier: Apache-2.0

// Package module finds the sources of the Kubernetes modules that go.mod pins, and checks them against go.sum.
package module

// Kubernetes is the path of the module that makes up the root of the tree.
const Kubernetes = "k8s.io/kubernetes"

// A Module is one verified module in the Go module cache.
type Module struct {
	Path    string
	Version string
	// Sum is the module's hash in the format of go.sum ("h1:...").
	Sum string
	// Dir is the directory with the module's files.
	Dir string
}

// Prefix is the path of the module's files in the assembled tree.
func (m Module) Prefix() string {
	if m.Path == Kubernetes {
		return ""
	}
	return "staging/src/" + m.Path + "/"
}
