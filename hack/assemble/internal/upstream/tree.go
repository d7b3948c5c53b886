// SPDX-License-Identifier: Apache-2.0

// Package upstream presents a set of Kubernetes modules as the single tree that they are published from.
package upstream

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"kubelet-ordering/hack/assemble/internal/module"
)

// A File is one file of the tree.
type File struct {
	// Path is the file's path in the tree, with slashes.
	Path string
	// Source is the file's path on disk.
	Source string
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
	for _, m := range modules {
		if err := t.add(m); err != nil {
			return nil, fmt.Errorf("listing %s@%s: %w", m.Path, m.Version, err)
		}
	}
	slices.SortFunc(t.files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	for _, f := range t.files {
		if other, ok := t.byPath[f.Path]; ok {
			return nil, fmt.Errorf("%s comes from %s and from %s: one of the modules is the wrong one", f.Path, other.Source, f.Source)
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

func (t *Tree) add(m module.Module) error {
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
		// The published vendor folder has a list without the code; the go command rejects it.
		if name := filepath.ToSlash(rel); !strings.HasPrefix(name, "vendor/") {
			t.files = append(t.files, File{Path: m.Prefix() + name, Source: source})
		}
		return nil
	})
}

// Files returns all files by path.
func (t *Tree) Files() []File { return t.files }

// Has reports whether the tree has a file with that path.
func (t *Tree) Has(name string) bool {
	_, ok := t.byPath[name]
	return ok
}

// HasDir reports whether the tree has files in that directory.
func (t *Tree) HasDir(dir string) bool {
	_, ok := t.goFiles[dir]
	return ok
}

// GoFiles returns the paths of the Go files in a directory, including tests.
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

// CheckStaging fails unless the modules are exactly the ones that upstream's go.work lists.
func (t *Tree) CheckStaging() error {
	data, err := t.Read("go.work")
	if err != nil {
		return err
	}
	work, err := modfile.ParseWork("go.work", data, nil)
	if err != nil {
		return fmt.Errorf("reading upstream's workspace: %w", err)
	}
	var want []string
	for _, use := range work.Use {
		if staged, ok := strings.CutPrefix(use.Path, "./staging/src/"); ok {
			want = append(want, staged)
		}
	}
	slices.Sort(want)
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
