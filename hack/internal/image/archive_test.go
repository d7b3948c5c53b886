// SPDX-License-Identifier: Apache-2.0

package image

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
)

func sample() Image {
	return Image{Name: "registry.test/a/b:1", Command: []string{"sh"}, Files: []File{Dir("bin", 0o755), Program("bin/sh", []byte("x")), Link("bin/ls", "sh")}}
}

func TestWriteIsReproducible(t *testing.T) {
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := Write(out, sample()); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two archives of the same image differ")
	}
}

// Every digest must lead to a blob with that content, from the index down to the layer's files.
func TestWriteLeadsFromTheNameToTheFiles(t *testing.T) {
	var archive bytes.Buffer
	if err := Write(&archive, sample()); err != nil {
		t.Fatal(err)
	}
	files := untar(t, archive.Bytes())
	blob := func(found descriptor) []byte {
		content := files["blobs/sha256/"+strings.TrimPrefix(found.Digest, "sha256:")]
		if digest(content) != found.Digest || len(content) != found.Size {
			t.Fatalf("blob %s is not there, or not what it says", found.Digest)
		}
		return content
	}
	var index struct{ Manifests []descriptor }
	parse(t, files["index.json"], &index)
	if got := index.Manifests[0].Annotations["io.containerd.image.name"]; got != "registry.test/a/b:1" {
		t.Errorf("the image is named %q", got)
	}
	var manifest struct {
		Config descriptor
		Layers []descriptor
	}
	parse(t, blob(index.Manifests[0]), &manifest)
	var config struct {
		Rootfs struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	parse(t, blob(manifest.Config), &config)
	if config.Rootfs.DiffIDs[0] != manifest.Layers[0].Digest {
		t.Error("the layer's digest and its diff ID differ, but it is not compressed")
	}
	layer := untar(t, blob(manifest.Layers[0]))
	if string(layer["bin/sh"]) != "x" || string(layer["bin/ls"]) != "-> sh" {
		t.Errorf("the layer has %q", layer)
	}
}

func untar(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	reader := tar.NewReader(bytes.NewReader(archive))
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
		files[header.Name] = content
	}
}

func parse(t *testing.T, content []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(content, into); err != nil {
		t.Fatalf("decode %s: %v", content, err)
	}
}
