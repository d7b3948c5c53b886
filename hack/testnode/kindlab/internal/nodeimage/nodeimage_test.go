// SPDX-License-Identifier: Apache-2.0

package nodeimage

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"kubelet-ordering/hack/internal/image"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestMirrorOf(t *testing.T) {
	tests := map[string]struct{ sources, want string }{
		"the suite":     {"http://a/debian/ bookworm-updates\nhttp://b/debian/ bookworm\n", "http://b/debian/"},
		"another suite": {"http://a/debian/ trixie\n", ""},
		"no apt":        {"", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := mirrorOf(test.sources); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestPack(t *testing.T) {
	base, store, programs := t.TempDir(), t.TempDir(), t.TempDir()
	write(t, filepath.Join(base, "etc/hostname"), "base")
	write(t, filepath.Join(base, "usr/bin/tool"), "base")
	write(t, filepath.Join(base, "usr/share/doc/a/copyright"), "long")
	write(t, filepath.Join(base, "etc/kept"), "kept")
	if err := os.Symlink("usr/bin", filepath.Join(base, "bin")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(store, "content/blob"), "image")
	write(t, filepath.Join(programs, "tool"), "ours")
	var packed bytes.Buffer
	err := Content{
		Base: base, Store: store,
		Files:    []image.File{image.Text("etc/hostname", "file"), image.Link("etc/off", "/dev/null")},
		Programs: map[string]string{"usr/bin/tool": filepath.Join(programs, "tool")},
	}.Pack(&packed)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for reader := tar.NewReader(&packed); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := got[header.Name]; twice {
			t.Errorf("%s is packed twice", header.Name)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		got[header.Name] = string(content)
		if header.Typeflag == tar.TypeSymlink {
			got[header.Name] = "-> " + header.Linkname
		}
		if header.Name == "usr/bin/tool" && header.Mode != 0o755 {
			t.Errorf("a program has the mode %o", header.Mode)
		}
	}
	want := map[string]string{
		"bin": "-> usr/bin", "etc/": "", "etc/hostname": "file", "etc/kept": "kept", "etc/off": "-> /dev/null", "usr/": "", "usr/bin/": "",
		"usr/bin/tool": "ours", "usr/share/": "", "usr/share/doc/": "", "var/lib/containerd/content/": "",
		"var/lib/containerd/content/blob": "image",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestSum(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "a")
	write(t, filepath.Join(dir, "b"), "b")
	sums := map[string]string{}
	for name, add := range map[string]func(*Sum){
		"a file":         func(s *Sum) { s.File(filepath.Join(dir, "a")) },
		"another file":   func(s *Sum) { s.File(filepath.Join(dir, "b")) },
		"a text":         func(s *Sum) { s.Text("a") },
		"two texts":      func(s *Sum) { s.Text("a"); s.Text("b") },
		"one of both":    func(s *Sum) { s.Text("a\n1 b") },
		"our own binary": func(s *Sum) { s.File("/proc/self/exe") },
	} {
		sum := NewSum()
		add(sum)
		got, err := sum.String()
		if err != nil {
			t.Fatal(err)
		}
		for other, seen := range sums {
			if seen == got {
				t.Errorf("%s has the sum of %s", name, other)
			}
		}
		sums[name] = got
	}
	sum := NewSum()
	sum.File(filepath.Join(dir, "missing"))
	if _, err := sum.String(); err == nil {
		t.Error("want an error for a missing file")
	}
}

// The DaemonSet of the pod network and the image that the node has must have one name, and no node can pull it.
func TestPodNetManifest(t *testing.T) {
	if !strings.Contains(PodNetManifest, "image: "+podNetImage+"\n") || !strings.Contains(PodNetManifest, "imagePullPolicy: Never\n") {
		t.Errorf("the manifest does not run %s", podNetImage)
	}
	for i, document := range strings.Split(PodNetManifest, "\n---\n") {
		var object map[string]any
		if err := yaml.UnmarshalStrict([]byte(document), &object); err != nil || object["kind"] == nil {
			t.Errorf("document %d: %v", i, err)
		}
	}
}

// Every unit that is enabled starts a program that the node has.
func TestUnitsStartProgramsOfTheNode(t *testing.T) {
	programs := Programs("/k", "/r", "/m")
	for _, unit := range []string{containerdUnit, kubeletUnit} {
		for _, match := range regexp.MustCompile(`(?m)^ExecStart(?:Pre)?=/(\S+)`).FindAllStringSubmatch(unit, -1) {
			if programs[match[1]] == "" {
				t.Errorf("no program at /%s", match[1])
			}
		}
	}
}

func TestPodOfAMissingProgram(t *testing.T) {
	err := WriteLayout(t.TempDir(), t.TempDir(), []Pod{{Image: "x:1", Program: filepath.Join(t.TempDir(), "none"), Path: "x"}})
	if err == nil || !strings.Contains(err.Error(), "hack/kind-lab.sh builds it") {
		t.Errorf("got %v, want the remedy", err)
	}
}
