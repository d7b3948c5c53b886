// SPDX-License-Identifier: Apache-2.0

package krew

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

const (
	release = "v0.1.0"
	place   = "https://downloads.example/order/v0.1.0/"
)

// packed packs a program for all platforms, and returns the manifest as krew would read it.
func packed(t *testing.T, dir string) Manifest {
	t.Helper()
	program, words := filepath.Join(t.TempDir(), "program"), filepath.Join(t.TempDir(), "words")
	if err := errors.Join(os.WriteFile(program, []byte("program"), 0o600), os.WriteFile(words, []byte("words"), 0o600)); err != nil {
		t.Fatal(err)
	}
	sums := map[Platform]string{}
	for _, p := range Platforms {
		sum, err := Pack(dir, release, p, program, words)
		if err != nil {
			t.Fatal(err)
		}
		sums[p] = sum
	}
	text, err := New(release, place, sums).YAML()
	if err != nil {
		t.Fatal(err)
	}
	var m Manifest
	if err := yaml.UnmarshalStrict(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestRelease installs each archive as krew does: by its checksum, and the program at its root.
func TestRelease(t *testing.T) {
	dir := t.TempDir()
	m := packed(t, dir)
	if err := m.Check("order.yaml"); err != nil {
		t.Error(err)
	}
	if len(m.Spec.Platforms) != len(Platforms) {
		t.Errorf("%d platforms", len(m.Spec.Platforms))
	}
	for _, p := range m.Spec.Platforms {
		content, err := os.ReadFile(filepath.Join(dir, path.Base(p.URI)))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != p.SHA256 {
			t.Errorf("%s: the checksum is that of another file", p.URI)
		}
		if diff := cmp.Diff(map[string]string{p.Bin: "rwx program", "LICENSE": "rw words"}, unpack(t, string(content))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p.URI, diff)
		}
	}
}

func TestSameProgramSameArchive(t *testing.T) {
	if diff := cmp.Diff(packed(t, t.TempDir()), packed(t, t.TempDir())); diff != "" {
		t.Error(diff)
	}
}

func unpack(t *testing.T, content string) map[string]string {
	t.Helper()
	unzipped, err := gzip.NewReader(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		mode := "rw "
		if header.Mode&0o111 == 0o111 {
			mode = "rwx "
		}
		files[header.Name] = mode + string(text)
	}
}

// TestCheck breaks each of krew's rules.
func TestCheck(t *testing.T) {
	tests := map[string]struct {
		change func(*Manifest)
		file   string
		want   string
	}{
		"another API":              {change: func(m *Manifest) { m.APIVersion = "v1" }, want: "apiVersion:"},
		"another kind":             {change: func(m *Manifest) { m.Kind = "Pod" }, want: "kind:"},
		"a path as name":           {change: func(m *Manifest) { m.Metadata.Name = "../order" }, want: "metadata.name:"},
		"kubectl in the name":      {change: func(m *Manifest) { m.Metadata.Name = "kubectl-order" }, file: "kubectl-order.yaml", want: "metadata.name:"},
		"another file":             {file: "plugin.yaml", change: func(*Manifest) {}, want: "metadata.name:"},
		"no v":                     {change: func(m *Manifest) { m.Spec.Version = "0.1.0" }, want: "spec.version:"},
		"no semantic version":      {change: func(m *Manifest) { m.Spec.Version = "v1" }, want: "spec.version:"},
		"no description":           {change: func(m *Manifest) { m.Spec.ShortDescription = "" }, want: "spec.shortDescription:"},
		"two lines":                {change: func(m *Manifest) { m.Spec.ShortDescription = "a\nb" }, want: "spec.shortDescription:"},
		"a long description":       {change: func(m *Manifest) { m.Spec.ShortDescription = strings.Repeat("a", 51) }, want: "spec.shortDescription:"},
		"no platforms":             {change: func(m *Manifest) { m.Spec.Platforms = nil }, want: "spec.platforms:"},
		"not secure":               {change: func(m *Manifest) { m.Spec.Platforms[0].URI = "http://x/y.tar.gz" }, want: "spec.platforms[0].uri:"},
		"capitals in the checksum": {change: func(m *Manifest) { m.Spec.Platforms[1].SHA256 = strings.Repeat("A", 64) }, want: "spec.platforms[1].sha256:"},
		"no program":               {change: func(m *Manifest) { m.Spec.Platforms[0].Bin = "" }, want: "spec.platforms[0].bin:"},
		"a program elsewhere":      {change: func(m *Manifest) { m.Spec.Platforms[0].Bin = "../sh" }, want: "spec.platforms[0].bin:"},
		"no selector":              {change: func(m *Manifest) { m.Spec.Platforms[0].Selector = nil }, want: "spec.platforms[0].selector:"},
		"a selector of more": {change: func(m *Manifest) {
			m.Spec.Platforms[0].Selector = m.Spec.Platforms[0].Selector.DeepCopy()
			delete(m.Spec.Platforms[0].Selector.MatchLabels, "arch")
		}, want: "spec.platforms[0].selector:"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := packed(t, t.TempDir())
			tt.change(&m)
			if tt.file == "" {
				tt.file = "order.yaml"
			}
			if err := m.Check(tt.file); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestPlatformsAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Platforms {
		seen[p.Archive(release)] = true
	}
	if len(seen) != len(Platforms) {
		t.Errorf("two platforms have one archive: %v", seen)
	}
}
