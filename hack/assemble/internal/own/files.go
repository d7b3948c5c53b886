// SPDX-License-Identifier: Apache-2.0

// Package own reads the project's own files: those that go into the assembled tree.
package own

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Folders are the folders whose files go into the tree, at the same paths.
var Folders = []string{"cmd/controlplane", "pkg", "staging", "test"}

// A File is one own file.
type File struct {
	// Path is relative to the repository's root, with slashes.
	Path    string
	Data    []byte
	ModTime time.Time
	// Executable is true if the file has any execute permission.
	Executable bool
}

// Files returns the own files under root by path. Hidden files are not part of the project.
func Files(root string) ([]File, error) {
	var files []File
	for _, folder := range Folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(name string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist) && d == nil:
				return nil // the project does not use this folder yet
			case err != nil:
				return err
			case strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return filepath.SkipDir
				}
				return nil
			case d.IsDir():
				return nil
			}
			f, err := read(root, name, d)
			files = append(files, f)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("reading the project's own files in %s: %w", folder, err)
		}
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

func read(root, name string, d fs.DirEntry) (File, error) {
	if !d.Type().IsRegular() {
		return File{}, fmt.Errorf("%s is not a regular file: replace it by one", name)
	}
	info, err := d.Info()
	if err != nil {
		return File{}, err
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return File{}, err
	}
	rel, err := filepath.Rel(root, name)
	if err != nil {
		return File{}, err
	}
	return File{
		Path:       filepath.ToSlash(rel),
		Data:       data,
		ModTime:    info.ModTime(),
		Executable: info.Mode()&0o111 != 0,
	}, nil
}

// Hash returns a hash, in hex, over the paths, modes and contents of the files.
func Hash(files []File) string {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%x  %t  %s\n", sha256.Sum256(f.Data), f.Executable, f.Path)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
