// SPDX-License-Identifier: Apache-2.0

// Package upstream shows a set of Kubernetes modules as the one tree that they are published from.
package upstream

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"kubelet-ordering/hack/assemble/internal/module"
)

// A File is one file of a module.
type File struct {
	// Path is the file's place in the tree, with slashes.
	Path string
	// Source is the file's place on disk.
	Source string
	// Module is the index of the file's module in Tree.Modules.
	Module int
	// Name is the file's path in its module.
	Name string
	// Left is true for a file that counts for the module's hash but stays out of the tree.
	Left bool
}

// A Tree maps the paths of the assembled tree to the modules' files.
type Tree struct {
	Modules []module.Module
	files   []File
	byPath  map[string]File
	goFiles map[string][]string
}

// Open lists the files of the modules.
func Open(modules []module.Module) (*Tree, error) {
	t := &Tree{Modules: modules, byPath: map[string]File{}, goFiles: map[string][]string{}}
	for i, m := range modules {
		if err := t.add(i, m); err != nil {
			return nil, fmt.Errorf("listing %s@%s: %w", m.Path, m.Version, err)
		}
	}
	slices.SortFunc(t.files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	for _, f := range t.files {
		if f.Left {
			continue
		}
		if other, ok := t.byPath[f.Path]; ok {
			return nil, fmt.Errorf("%s comes from %s and from %s: one of the modules is the wrong one", f.Path,
				modules[other.Module].Path, modules[f.Module].Path)
		}
		t.byPath[f.Path] = f
		dir := path.Dir(f.Path)
		if _, ok := t.goFiles[dir]; !ok {
			t.goFiles[dir] = nil
		}
		if strings.HasSuffix(f.Path, ".go") {
			t.goFiles[dir] = append(t.goFiles[dir], f.Path)
		}
	}
	return t, nil
}

func (t *Tree) add(index int, m module.Module) error {
	return filepath.WalkDir(m.Dir, func(source string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s is not a regular file: run go clean -modcache", source)
		}
		rel, err := filepath.Rel(m.Dir, source)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		t.files = append(t.files, File{
			Path:   m.Prefix() + name,
			Source: source,
			Module: index,
			Name:   name,
			// The published vendor folder is a list without the code; the go command refuses it.
			Left: strings.HasPrefix(name, "vendor/"),
		})
		return nil
	})
}

// Files returns all files by path, those that are left out too.
func (t *Tree) Files() []File { return t.files }

// Has tells whether the tree has a file of that path.
func (t *Tree) Has(name string) bool {
	_, ok := t.byPath[name]
	return ok
}

// HasDir tells whether the tree has files in that directory.
func (t *Tree) HasDir(dir string) bool {
	_, ok := t.goFiles[dir]
	return ok
}

// GoFiles returns the paths of the Go files in a directory, tests too.
func (t *Tree) GoFiles(dir string) []string { return t.goFiles[dir] }

// Read returns the content of a file.
func (t *Tree) Read(name string) ([]byte, error) {
	f, ok := t.byPath[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w in the upstream tree", name, fs.ErrNotExist)
	}
	data, err := os.ReadFile(f.Source)
	if err != nil {
		return nil, fmt.Errorf("reading the module cache: %w; run go clean -modcache", err)
	}
	return data, nil
}

var workspaceUse = regexp.MustCompile(`(?m)^\s*(?:use\s+)?\./staging/src/(\S+)\s*$`)

// StagingModules returns the paths of the staging modules that upstream's go.work lists.
func (t *Tree) StagingModules() ([]string, error) {
	data, err := t.Read("go.work")
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, m := range workspaceUse.FindAllSubmatch(data, -1) {
		paths = append(paths, string(m[1]))
	}
	slices.Sort(paths)
	return paths, nil
}

// CheckStaging fails unless the modules are exactly the ones that upstream's go.work lists.
func (t *Tree) CheckStaging() error {
	want, err := t.StagingModules()
	if err != nil {
		return err
	}
	var got []string
	for _, m := range t.Modules {
		if m.Path != module.Kubernetes {
			got = append(got, m.Path)
		}
	}
	slices.Sort(got)
	missing := slices.DeleteFunc(slices.Clone(want), func(p string) bool { return slices.Contains(got, p) })
	extra := slices.DeleteFunc(got, func(p string) bool { return slices.Contains(want, p) })
	if len(missing)+len(extra) > 0 {
		return fmt.Errorf("go.mod replaces other modules than upstream's go.work lists: missing %v, too many %v: "+
			"make the replace block and hack/pins agree with upstream", missing, extra)
	}
	return nil
}
