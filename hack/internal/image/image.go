// SPDX-License-Identifier: Apache-2.0

// Package image writes container images as an OCI layout. The same content yields the same bytes.
package image

// Image is a container image with a single layer.
type Image struct {
	// Name is the full reference, such as registry.k8s.io/pause:3.10.2.
	Name       string
	Entrypoint []string
	Command    []string
	User       string
	Files      []File
	// Compress makes the layer smaller on disk and slower to unpack.
	Compress bool
}

// File is an entry of the image's file system. Parent directories come first.
type File struct {
	// Path has no leading slash. A directory's path ends with a slash.
	Path string
	Mode int64
	// Link is the target of a symbolic link, for which Content is ignored.
	Link    string
	Content []byte
}

// Dir returns a directory entry.
func Dir(path string, mode int64) File { return File{Path: path + "/", Mode: mode} }

// Program returns the entry of an executable file.
func Program(path string, content []byte) File {
	return File{Path: path, Mode: 0o755, Content: content}
}

// Text returns the entry of a regular file.
func Text(path, content string) File { return File{Path: path, Mode: 0o644, Content: []byte(content)} }

// Link returns the entry of a symbolic link.
func Link(path, target string) File { return File{Path: path, Mode: 0o777, Link: target} }
