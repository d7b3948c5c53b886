// SPDX-License-Identifier: Apache-2.0

package image

import (
	"encoding/json"
	"path"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go/v1"
)

func TestRegistry(t *testing.T) {
	files, err := Registry("var/registry", "pause", "testing", Image{Name: "pause", Entrypoint: []string{"/pause"}, Files: []File{Text("pause", "x")}})
	if err != nil {
		t.Fatal(err)
	}
	content, parents := map[string][]byte{}, map[string]bool{"var/": true}
	for _, file := range files {
		if parent := path.Dir(strings.TrimSuffix(file.Path, "/")) + "/"; !parents[parent] {
			t.Errorf("%s comes before its directory", file.Path)
		}
		if strings.HasSuffix(file.Path, "/") {
			parents[file.Path] = true
		} else {
			content[file.Path] = file.Content
		}
	}
	read := func(kind string, d digest.Digest) []byte {
		t.Helper()
		found, ok := content["var/registry/pause/"+kind+"/sha256/"+d.Encoded()[:2]+"/"+d.Encoded()+"/data"]
		if !ok || digest.FromBytes(found) != d {
			t.Errorf("%s %s: %q, %t", kind, d, found, ok)
		}
		return found
	}
	var manifest v1.Manifest
	top := read("manifests", digest.Digest(strings.TrimSpace(string(content["var/registry/pause/manifests/testing"]))))
	if err := json.Unmarshal(top, &manifest); err != nil || manifest.MediaType != v1.MediaTypeImageManifest {
		t.Fatalf("manifest %s: %v", top, err)
	}
	read("blobs", manifest.Config.Digest)
	read("blobs", manifest.Layers[0].Digest)
	if len(content) != 4 {
		t.Errorf("%d files, want the tag, the manifest, the configuration and the layer", len(content))
	}
}
