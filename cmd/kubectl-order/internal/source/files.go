// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/cli-runtime/pkg/resource"
)

// file is one file that was read.
type file struct {
	name string
	text []byte
	// index is nil until it is needed.
	index *index
}

func (f *file) place(kind, namespace, name string) *Place {
	if f == nil {
		return nil
	}
	if f.index == nil {
		f.index = newIndex(f.text)
	}
	return f.index.take(kind, namespace, name)
}

// Stdin is the name of standard input in messages.
const Stdin = "standard input"

// isURL reports whether the name of a file is a URL, which the resource builder reads.
func isURL(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
}

// readFiles reads the named files, and those in the named directories.
func readFiles(names []string, recursive bool, stdin io.Reader) ([]*file, error) {
	var files []*file
	for _, name := range names {
		if name == "-" {
			f, err := readAll(stdin, Stdin)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
			continue
		}
		paths, err := expand(name, recursive)
		if err != nil {
			return nil, err
		}
		if len(files)+len(paths) > MaxFiles {
			return nil, fmt.Errorf("%s: there are more than %d files: name fewer", name, MaxFiles)
		}
		for _, path := range paths {
			f, err := readFile(path)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
	}
	return files, nil
}

// expand returns the file, or the manifests in the directory.
func expand(name string, recursive bool) ([]string, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the path %q does not exist", name)
	}
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", name, err)
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	var found []string
	root := filepath.Clean(name)
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (!recursive || strings.Count(path[len(root):], string(filepath.Separator)) > MaxDepth):
			return filepath.SkipDir
		case entry.Type().IsRegular() && slices.Contains(resource.FileExtensions, filepath.Ext(path)):
			if found = append(found, path); len(found) > MaxFiles {
				return fmt.Errorf("there are more than %d files: name fewer", MaxFiles)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the directory %q: %w", name, err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("the directory %q has no file that ends in %s: name another, or search below it with -R",
			name, strings.Join(resource.FileExtensions, ", "))
	}
	return found, nil
}

func readFile(path string) (*file, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	defer f.Close()
	return readAll(f, path)
}

func readAll(r io.Reader, name string) (*file, error) {
	var text bytes.Buffer
	n, err := io.Copy(&text, io.LimitReader(r, MaxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", name, err)
	}
	if n > MaxFileBytes {
		return nil, fmt.Errorf("%s has more than %d MiB: split it", name, MaxFileBytes>>20)
	}
	return &file{name: name, text: text.Bytes()}, nil
}
