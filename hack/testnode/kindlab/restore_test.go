// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRestore(t *testing.T) {
	root := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("proc/sys/kernel/panic", "0\n")
	write("proc/sys/vm/panic_on_oom", "0\n")
	if err := os.Mkdir(filepath.Join(root, "lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	before := rememberBelow(root)
	write("proc/sys/kernel/panic", "10\n")
	if err := os.Mkdir(filepath.Join(root, "lib/modules"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := before.restore(); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(root, "proc/sys/kernel/panic")); string(got) != "0\n" {
		t.Errorf("got %q, want the setting of before", got)
	}
	if _, err := os.Stat(filepath.Join(root, "lib/modules")); err == nil {
		t.Error("the directory that was made is left behind")
	}

	write("lib/modules/of-somebody", "x")
	if err := before.restore(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "lib/modules/of-somebody")); err != nil {
		t.Errorf("a directory in use was removed: %v", err)
	}
}
