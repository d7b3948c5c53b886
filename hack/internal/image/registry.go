// SPDX-License-Identifier: Apache-2.0

package image

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go/v1"
)

// Registry returns the files of a directory from which the registry of upstream's test image agnhost serves an image, whose name there has
// neither a host nor a slash: a file for each tag with the manifest's digest, and the manifests and blobs by their digests.
func Registry(dir, name, tag string, image Image) ([]File, error) {
	layout, err := os.MkdirTemp("", "registry-")
	if err != nil {
		return nil, fmt.Errorf("make the layout of an image for a registry: %w", err)
	}
	defer func() { _ = os.RemoveAll(layout) }()
	if err := WriteLayout(layout, image); err != nil {
		return nil, err
	}
	var index v1.Index
	if err := readJSON(filepath.Join(layout, v1.ImageIndexFile), &index); err != nil {
		return nil, err
	}
	blob := func(d digest.Digest) string {
		return filepath.Join(layout, v1.ImageBlobsDir, string(d.Algorithm()), d.Encoded())
	}
	top := index.Manifests[0].Digest
	var manifest v1.Manifest
	if err := readJSON(blob(top), &manifest); err != nil {
		return nil, err
	}

	manifests, blobs := filepath.Join(dir, name, "manifests"), filepath.Join(dir, name, "blobs")
	files := []File{Dir(dir, 0o755), Dir(filepath.Join(dir, name), 0o755), Dir(manifests, 0o755), Dir(blobs, 0o755),
		Text(filepath.Join(manifests, tag), string(top)+"\n")}
	for _, one := range []struct {
		dir    string
		digest digest.Digest
	}{{manifests, top}, {blobs, manifest.Config.Digest}, {blobs, manifest.Layers[0].Digest}} {
		content, err := os.ReadFile(blob(one.digest))
		if err != nil {
			return nil, fmt.Errorf("read a blob of an image for a registry: %w", err)
		}
		algorithm := filepath.Join(one.dir, string(one.digest.Algorithm()))
		first := filepath.Join(algorithm, one.digest.Encoded()[:2])
		whole := filepath.Join(first, one.digest.Encoded())
		files = append(files, Dir(algorithm, 0o755), Dir(first, 0o755), Dir(whole, 0o755), Text(filepath.Join(whole, "data"), string(content)))
	}
	return files, nil
}

func readJSON(path string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read an image for a registry: %w", err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		return fmt.Errorf("read an image for a registry: %s: %w", filepath.Base(path), err)
	}
	return nil
}
