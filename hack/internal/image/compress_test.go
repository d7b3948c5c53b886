// SPDX-License-Identifier: Apache-2.0

package image

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go/v1"
)

// The runtime checks the layer's digest when it reads the blob, and the diff ID when it has unpacked it.
func TestCompress(t *testing.T) {
	compressed := sample()
	compressed.Compress = true
	dir := t.TempDir()
	if err := WriteLayout(dir, compressed); err != nil {
		t.Fatal(err)
	}
	files := files(t, dir)
	var index v1.Index
	parse(t, files["index.json"], &index)
	var manifest v1.Manifest
	parse(t, files["blobs/sha256/"+index.Manifests[0].Digest.Encoded()], &manifest)
	var config v1.Image
	parse(t, files["blobs/sha256/"+manifest.Config.Digest.Encoded()], &config)
	layer := manifest.Layers[0]
	if layer.MediaType != v1.MediaTypeImageLayerGzip {
		t.Errorf("the layer's type is %s", layer.MediaType)
	}
	reader, err := gzip.NewReader(bytes.NewBufferString(files["blobs/sha256/"+layer.Digest.Encoded()]))
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]digest.Digest{digest.FromBytes(unpacked)}, config.RootFS.DiffIDs); diff != "" {
		t.Errorf("the diff ID is not that of the unpacked layer: -want +got\n%s", diff)
	}
	if untar(t, string(unpacked))["bin/sh"] != "x" {
		t.Error("the layer lacks a file")
	}
}
