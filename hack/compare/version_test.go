// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Results count until a file changes that the kubelet is made of. Tests and suites are none.
func TestOwnVersion(t *testing.T) {
	root := t.TempDir()
	write := func(path string) {
		t.Helper()
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(path), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	version := func() string {
		t.Helper()
		got, err := ownVersion(root, "v1")
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	write("pkg/a.go")
	write("staging/b.go")
	before := version()
	if !strings.HasPrefix(before, "v1+") {
		t.Errorf("it does not name upstream's version: %s", before)
	}
	for _, path := range []string{"pkg/a_test.go", "pkg/testdata/c.txt", "test/e2e_node/d.go"} {
		if write(path); version() != before {
			t.Errorf("it changes with %s", path)
		}
	}
	for _, path := range []string{"pkg/e.go", "staging/f/g.go"} {
		last := version()
		if write(path); version() == last {
			t.Errorf("it does not change with %s", path)
		}
	}
}
