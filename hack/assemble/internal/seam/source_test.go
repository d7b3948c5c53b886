// SPDX-License-Identifier: Apache-2.0

package seam

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kubelet-ordering/hack/assemble/internal/own"
)

// A mapSource is an upstream tree that maps paths to contents.
type mapSource map[string]string

func (m mapSource) Has(name string) bool { _, ok := m[name]; return ok }

func (m mapSource) HasDir(dir string) bool {
	for name := range m {
		if path.Dir(name) == dir {
			return true
		}
	}
	return false
}

func (m mapSource) GoFiles(dir string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if path.Dir(name) == dir && path.Ext(name) == ".go" {
			names = append(names, name)
		}
	}
	return names
}

func (m mapSource) Read(name string) ([]byte, error) {
	text, ok := m[name]
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return []byte(text), nil
}

// ownFiles returns own files from a map, with the right hash instead of "body=@".
func ownFiles(t *testing.T, src Source, files map[string]string) []own.File {
	t.Helper()
	placeholder := regexp.MustCompile(`(?m)^//upstream:(\w+) (\S+) body=@`)
	var list []own.File
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text := placeholder.ReplaceAllStringFunc(files[name], func(directive string) string {
			m := placeholder.FindStringSubmatch(directive)
			_, clause, _ := strings.Cut(files[name], "package ")
			pkg := strings.Fields(clause)[0]
			decls, err := Find(src, Seam{Kind: Kind(m[1]), Target: m[2], Dir: path.Dir(name), Package: pkg})
			if err != nil {
				t.Fatal(err)
			}
			hash := strings.Repeat("0", 16)
			if len(decls) > 0 {
				hash = decls[0].Hash()
			}
			return strings.TrimSuffix(directive, "@") + hash
		})
		list = append(list, own.File{Path: name, Data: []byte(text)})
	}
	return list
}
