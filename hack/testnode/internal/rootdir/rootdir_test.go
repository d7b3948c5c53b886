// SPDX-License-Identifier: Apache-2.0

package rootdir

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLeftovers(t *testing.T) {
	base := t.TempDir()
	running, err := Make(filepath.Join(base, "running"))
	if err != nil {
		t.Fatal(err)
	}
	defer running.Lock.Close()
	dead, err := Make(filepath.Join(base, "dead"))
	if err != nil {
		t.Fatal(err)
	}
	dead.Lock.Close()
	if err := os.Mkdir(filepath.Join(base, "of-somebody-else"), 0o755); err != nil {
		t.Fatal(err)
	}

	found, err := Leftovers(base)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].Path != dead.Path {
		t.Fatalf("got %v, want only the dead node's directory", found)
	}
	if again, _ := Leftovers(base); len(again) != 0 {
		t.Errorf("got %v, want none: another process is removing the directory", again)
	}
	if err := found[0].Remove(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"running": true, "of-somebody-else": true, "dead": false} {
		if _, err := os.Stat(filepath.Join(base, name)); (err == nil) != want {
			t.Errorf("%s exists: %v, want %v", name, err == nil, want)
		}
	}
}

func TestLeftoversOfNothing(t *testing.T) {
	if found, err := Leftovers(filepath.Join(t.TempDir(), "never-made")); err != nil || len(found) != 0 {
		t.Errorf("got %v, %v, want nothing", found, err)
	}
}

func TestMakeRefusesADirectoryThatIsThere(t *testing.T) {
	if _, err := Make(t.TempDir()); err == nil {
		t.Error("want an error for an existing directory")
	}
}
