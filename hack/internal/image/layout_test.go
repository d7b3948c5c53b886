// SPDX-License-Identifier: Apache-2.0

package image

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go/v1"
)

func sample() Image {
	files := []File{Dir("bin", 0o755), Program("bin/sh", []byte("x")), Link("bin/ls", "sh")}
	return Image{Name: "registry.test/a/b:1", Command: []string{"sh"}, Files: files}
}

func TestWriteIsReproducible(t *testing.T) {
	var found [2]map[string]string
	for i := range found {
		dir := t.TempDir()
		if err := WriteLayout(dir, sample()); err != nil {
			t.Fatal(err)
		}
		found[i] = files(t, dir)
	}
	if diff := cmp.Diff(found[0], found[1]); diff != "" {
		t.Errorf("two layouts of the same image differ:\n%s", diff)
	}
}

// From the index down to the layer's files, each digest must refer to a blob with that content.
func TestWriteLeadsFromTheNameToTheFiles(t *testing.T) {
	dir := t.TempDir()
	if err := WriteLayout(dir, sample()); err != nil {
		t.Fatal(err)
	}
	files := files(t, dir)
	blob := func(found v1.Descriptor) string {
		content := files["blobs/sha256/"+found.Digest.Encoded()]
		if digest.FromString(content) != found.Digest || int64(len(content)) != found.Size {
			t.Fatalf("blob %s is missing or has other content", found.Digest)
		}
		return content
	}
	var index v1.Index
	parse(t, files["index.json"], &index)
	if got := index.Manifests[0].Annotations["org.opencontainers.image.ref.name"]; got != "registry.test/a/b:1" {
		t.Errorf("the image is named %q", got)
	}
	var manifest v1.Manifest
	parse(t, blob(index.Manifests[0]), &manifest)
	var config v1.Image
	parse(t, blob(manifest.Config), &config)
	if config.RootFS.DiffIDs[0] != manifest.Layers[0].Digest {
		t.Error("the digest and the diff ID of an uncompressed layer differ")
	}
	if diff := cmp.Diff([]string{"sh"}, config.Config.Cmd); diff != "" {
		t.Errorf("the command: -want +got\n%s", diff)
	}
	layer := untar(t, blob(manifest.Layers[0]))
	if layer["bin/sh"] != "x" || layer["bin/ls"] != "-> sh" {
		t.Errorf("the layer has %q", layer)
	}
}

// files returns the contents of all files below the directory, by path.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, path))
		found[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func untar(t *testing.T, archive string) map[string]string {
	t.Helper()
	files := map[string]string{}
	reader := tar.NewReader(strings.NewReader(archive))
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag == tar.TypeSymlink {
			content = []byte("-> " + header.Linkname)
		}
		files[header.Name] = string(content)
	}
}

func parse(t *testing.T, content string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(content), into); err != nil {
		t.Fatalf("decode %s: %v", content, err)
	}
}
