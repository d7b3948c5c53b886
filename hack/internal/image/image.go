// SPDX-License-Identifier: Apache-2.0

// Package image writes container images as an OCI layout, the same bytes for the same content.
package image

// Image is one image: a single layer and how to run it.
type Image struct {
	// Name is the full reference, such as registry.k8s.io/pause:3.10.2.
	Name       string
	Entrypoint []string
	Command    []string
	User       string
	Files      []File
}

// File is an entry of the image's file system. Parent directories come first.
type File struct {
	// Path has no leading slash; that of a directory ends with one.
	Path string
	Mode int64
	// Link is the target of a symbolic link; then Content counts for nothing.
	Link    string
	Content []byte
}

// Dir is a directory entry.
func Dir(path string, mode int64) File { return File{Path: path + "/", Mode: mode} }

// Program is an executable entry.
func Program(path string, content []byte) File {
	return File{Path: path, Mode: 0o755, Content: content}
}

// Text is a readable entry.
func Text(path, content string) File { return File{Path: path, Mode: 0o644, Content: []byte(content)} }

// Link is a symbolic link.
func Link(path, target string) File { return File{Path: path, Mode: 0o777, Link: target} }
