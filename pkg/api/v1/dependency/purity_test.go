// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestImports keeps the policy independent of the kubelet: it must not need more than the API types.
func TestImports(t *testing.T) {
	allowed := []string{"k8s.io/api", "k8s.io/apimachinery", "sigs.k8s.io/json", "sigs.k8s.io/yaml"}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if !mayImport(path, allowed) {
				t.Errorf("%s imports %q: only the standard library and %q are allowed", name, path, allowed)
			}
		}
	}
}

func mayImport(path string, allowed []string) bool {
	first, _, _ := strings.Cut(path, "/")
	if !strings.Contains(first, ".") {
		// The standard library, except packages that read clocks, files or the network. The import paths of this
		// repository's module have no dot either.
		switch first {
		case "cmp", "crypto", "encoding", "errors", "fmt", "hash", "io", "maps", "math", "slices", "strconv", "strings", "time", "unicode":
			return true
		}
		return false
	}
	for _, prefix := range allowed {
		if path == prefix || strings.HasPrefix(path, prefix+"/") {
			return true
		}
	}
	return false
}
