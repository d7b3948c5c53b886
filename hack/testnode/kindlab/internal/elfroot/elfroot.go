// SPDX-License-Identifier: Apache-2.0

// Package elfroot collects what a dynamically linked program needs to run in an image that has nothing else: its loader and all its
// libraries, taken from a directory that holds a system.
package elfroot

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kubelet-ordering/hack/internal/image"
)

// System is a directory that holds a system, from which libraries are taken.
type System struct{ Root string }

// maxLinks bounds how many symbolic links a path may lead through.
const maxLinks = 40

// resolve returns the path of a file of the system on this machine. Its links are followed inside the system.
func (s System) resolve(path string) (string, error) {
	rest, done := strings.Split(filepath.Clean("/"+path), "/")[1:], "/"
	for links := 0; len(rest) > 0; {
		next := filepath.Join(done, rest[0])
		rest = rest[1:]
		target, err := os.Readlink(filepath.Join(s.Root, next))
		if err != nil {
			done = next
			continue
		}
		if links++; links > maxLinks {
			return "", fmt.Errorf("resolve %q in %q: more than %d links", path, s.Root, maxLinks)
		}
		if filepath.IsAbs(target) {
			done = "/"
		}
		rest = append(strings.Split(strings.Trim(filepath.Clean(target), "/"), "/"), rest...)
	}
	return filepath.Join(s.Root, done), nil
}

// Read returns the content of a file of the system.
func (s System) Read(path string) ([]byte, error) {
	resolved, err := s.resolve(path)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(resolved)
}

// libraryDirs returns the directories of the system in which loaders look for libraries.
func (s System) libraryDirs() []string {
	dirs := []string{"usr/lib", "usr/lib64", "lib", "lib64"}
	for _, pattern := range []string{"usr/lib/*-linux-gnu*", "lib/*-linux-gnu*"} {
		matches, _ := filepath.Glob(filepath.Join(s.Root, pattern))
		for _, match := range matches {
			if dir, err := filepath.Rel(s.Root, match); err == nil {
				dirs = append(dirs, dir)
			}
		}
	}
	return dirs
}

// Needs returns the loader and the libraries that the binaries need, as files of an image. Binaries are paths on this machine; the
// libraries come from the system. A statically linked binary needs nothing.
func (s System) Needs(binaries ...string) ([]image.File, error) {
	found := map[string][]byte{}
	queue := slices.Clone(binaries)
	for len(queue) > 0 {
		binary := queue[0]
		queue = queue[1:]
		needed, loader, err := links(binary)
		if err != nil {
			return nil, fmt.Errorf("read what %q is linked to: %w", binary, err)
		}
		if loader != "" {
			needed = append(needed, loader)
		}
		for _, name := range needed {
			path, content, err := s.library(name)
			if err != nil {
				return nil, fmt.Errorf("%q needs %s: %w", binary, name, err)
			}
			if _, seen := found[path]; seen {
				continue
			}
			found[path] = content
			resolved, err := s.resolve(path)
			if err != nil {
				return nil, err
			}
			queue = append(queue, resolved)
		}
	}
	var files []image.File
	for path, content := range found {
		files = append(files, image.Program(path, content))
	}
	slices.SortFunc(files, func(a, b image.File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// library finds a library by its name, or a loader by its path.
func (s System) library(name string) (string, []byte, error) {
	candidates := []string{strings.TrimPrefix(name, "/")}
	if !strings.Contains(name, "/") {
		candidates = nil
		for _, dir := range s.libraryDirs() {
			candidates = append(candidates, filepath.Join(dir, name))
		}
	}
	for _, path := range candidates {
		content, err := s.Read(path)
		if err == nil {
			return path, content, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
			return "", nil, err
		}
	}
	return "", nil, fmt.Errorf("not in the libraries of %q", s.Root)
}

// links returns the libraries that a binary names, and its loader.
func links(binary string) (libraries []string, loader string, err error) {
	file, err := elf.Open(binary)
	if err != nil {
		return nil, "", err
	}
	defer file.Close()
	if libraries, err = file.ImportedLibraries(); err != nil {
		return nil, "", err
	}
	for _, segment := range file.Progs {
		if segment.Type != elf.PT_INTERP || segment.Filesz > 4096 {
			continue
		}
		path := make([]byte, segment.Filesz)
		if _, err := segment.ReadAt(path, 0); err != nil {
			return nil, "", err
		}
		loader = strings.TrimRight(string(path), "\x00")
	}
	return libraries, loader, nil
}
