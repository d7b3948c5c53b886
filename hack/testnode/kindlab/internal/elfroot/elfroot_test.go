// SPDX-License-Identifier: Apache-2.0

package elfroot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"usr/lib/x", "etc"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"lib": "usr/lib", "usr/lib/a": "/lib/x/real", "usr/lib/up": "../../etc/f", "loop": "loop", "out": "../../../etc/f",
	} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct{ path, want string }{
		"no link":                     {"etc/f", "etc/f"},
		"a directory that is a link":  {"/lib/x/f", "usr/lib/x/f"},
		"an absolute link":            {"lib/a", "usr/lib/x/real"},
		"a relative link":             {"lib/up", "etc/f"},
		"a link that leads out of it": {"out", "etc/f"},
		"a path that leads out of it": {"../../etc/f", "etc/f"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := System{Root: root}.resolve(test.path)
			if err != nil || got != filepath.Join(root, test.want) {
				t.Errorf("got %q, %v, want %q", got, err, filepath.Join(root, test.want))
			}
		})
	}
	if _, err := (System{Root: root}).resolve("loop"); err == nil {
		t.Error("want an error for a loop of links")
	}
}

// The shell of this machine runs with nothing but what Needs found.
func TestNeeds(t *testing.T) {
	shell, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Skipf("this machine has no shell: %v", err)
	}
	libraries, loader, err := links(shell)
	if err != nil {
		t.Fatal(err)
	}
	files, err := System{Root: "/"}.Needs(shell)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, file := range files {
		paths = append(paths, "/"+file.Path)
	}
	for _, want := range append(libraries, loader) {
		if want != "" && !strings.Contains(strings.Join(paths, "\n")+"\n", want+"\n") {
			t.Errorf("%s is missing in %v", want, paths)
		}
	}
	if _, err := (System{Root: t.TempDir()}).Needs(shell); len(libraries) > 0 && err == nil {
		t.Error("want an error if the system lacks a library")
	}
}
