// SPDX-License-Identifier: Apache-2.0

package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"
)

// epoch is the time stamp of everything, so that the bytes depend on the content alone.
var epoch = time.Unix(0, 0).UTC()

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Write writes the image as an OCI archive: a tar of an OCI layout with one manifest that carries the name.
func Write(out io.Writer, image Image) error {
	layer, err := layerOf(image.Files)
	if err != nil {
		return fmt.Errorf("pack the layer of image %q: %w", image.Name, err)
	}
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH,
		"os":           "linux",
		"config": map[string]any{
			"Entrypoint": image.Entrypoint,
			"Cmd":        image.Command,
			"User":       image.User,
			"Env":        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{digest(layer)}},
	})
	if err != nil {
		return fmt.Errorf("encode the configuration of image %q: %w", image.Name, err)
	}
	manifest, err := json.Marshal(map[string]any{
		"schemaVersion": 2,
		"mediaType":     "application/vnd.oci.image.manifest.v1+json",
		"config":        describe("application/vnd.oci.image.config.v1+json", config),
		"layers":        []descriptor{describe("application/vnd.oci.image.layer.v1.tar", layer)},
	})
	if err != nil {
		return fmt.Errorf("encode the manifest of image %q: %w", image.Name, err)
	}
	named := describe("application/vnd.oci.image.manifest.v1+json", manifest)
	named.Annotations = map[string]string{"io.containerd.image.name": image.Name}
	index, err := json.Marshal(map[string]any{"schemaVersion": 2, "manifests": []descriptor{named}})
	if err != nil {
		return fmt.Errorf("encode the index of image %q: %w", image.Name, err)
	}
	files := []File{Text("oci-layout", `{"imageLayoutVersion":"1.0.0"}`), Text("index.json", string(index)), Dir("blobs", 0o755), Dir("blobs/sha256", 0o755)}
	for _, blob := range [][]byte{config, manifest, layer} {
		files = append(files, File{Path: "blobs/sha256/" + strings.TrimPrefix(digest(blob), "sha256:"), Mode: 0o644, Content: blob})
	}
	if err := pack(out, files); err != nil {
		return fmt.Errorf("write the archive of image %q: %w", image.Name, err)
	}
	return nil
}

func layerOf(files []File) ([]byte, error) {
	var layer bytes.Buffer
	if err := pack(&layer, files); err != nil {
		return nil, err
	}
	return layer.Bytes(), nil
}

func pack(out io.Writer, files []File) error {
	writer := tar.NewWriter(out)
	for _, file := range files {
		header := &tar.Header{Name: file.Path, Mode: file.Mode, ModTime: epoch, Format: tar.FormatPAX}
		switch {
		case file.Link != "":
			header.Typeflag, header.Linkname = tar.TypeSymlink, file.Link
		case strings.HasSuffix(file.Path, "/"):
			header.Typeflag = tar.TypeDir
		default:
			header.Typeflag, header.Size = tar.TypeReg, int64(len(file.Content))
		}
		if err := writer.WriteHeader(header); err != nil {
			return fmt.Errorf("pack %q: %w", file.Path, err)
		}
		if header.Typeflag == tar.TypeReg {
			if _, err := writer.Write(file.Content); err != nil {
				return fmt.Errorf("pack %q: %w", file.Path, err)
			}
		}
	}
	return writer.Close()
}

func describe(mediaType string, blob []byte) descriptor {
	return descriptor{MediaType: mediaType, Digest: digest(blob), Size: len(blob)}
}

func digest(blob []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(blob)) }
