// SPDX-License-Identifier: Apache-2.0

package deb

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kubelet-ordering/hack/internal/image"
)

func output(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v: %s", program, args, err, out)
	}
	return string(out)
}

func TestBuild(t *testing.T) {
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("this machine has no dpkg-deb: packages can be made on Debian only")
	}
	repository, program := t.TempDir(), filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho hello\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	p := Package{
		Name: "greeter", Version: "1.0-1", Description: "greets", Depends: []string{"mount", "util-linux"},
		Programs:      map[string]string{"usr/bin/greet": program},
		Files:         []image.File{image.Text("etc/default/greeter", "LOUD=no\n")},
		Configuration: []string{"etc/default/greeter"},
		Scripts:       map[string]string{"postinst": "#!/bin/sh\n"},
	}
	if err := p.Build(t.Context(), repository); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(repository, p.FileName())
	list := output(t, "dpkg-deb", "--contents", file)
	for _, want := range []string{"-rwxr-xr-x root/root ", "./usr/bin/greet", "./etc/default/greeter", "drwxr-xr-x root/root "} {
		if !strings.Contains(list, want) {
			t.Errorf("want %q in\n%s", want, list)
		}
	}
	if got := output(t, "dpkg-deb", "--info", file, "conffiles"); got != "/etc/default/greeter\n" {
		t.Errorf("got the configuration files %q", got)
	}
	if got := output(t, "dpkg-deb", "--field", file, "Depends"); got != "mount, util-linux\n" {
		t.Errorf("got the dependencies %q", got)
	}

	if err := Index(t.Context(), repository); err != nil {
		t.Fatal(err)
	}
	index, err := os.ReadFile(filepath.Join(repository, "Packages"))
	if err != nil {
		t.Fatal(err)
	}
	sum := strings.Fields(output(t, "sha256sum", file))[0]
	for _, want := range []string{"Package: greeter\n", "Filename: ./" + p.FileName() + "\n", "SHA256: " + sum + "\n"} {
		if !strings.Contains(string(index), want) {
			t.Errorf("want %q in\n%s", want, index)
		}
	}
	if entries, _ := os.ReadDir(repository); len(entries) != 2 {
		t.Errorf("want the package and the list alone, got %v", entries)
	}
}

func TestBuildNamesWhatIsMissing(t *testing.T) {
	err := Package{Name: "greeter", Programs: map[string]string{"usr/bin/greet": "/nowhere/greet"}}.Build(t.Context(), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "/nowhere/greet") {
		t.Errorf("got %v", err)
	}
}
