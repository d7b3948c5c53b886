// SPDX-License-Identifier: Apache-2.0

package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	"github.com/opencontainers/image-spec/specs-go/v1"
)

// epoch is the timestamp of all files, so that the bytes depend only on the content.
var epoch = time.Unix(0, 0).UTC()

// WriteLayout writes an OCI layout of the images into the directory. Its index has their full names.
func WriteLayout(dir string, images ...Image) error {
	if err := os.MkdirAll(filepath.Join(dir, v1.ImageBlobsDir, string(digest.SHA256)), 0o755); err != nil {
		return fmt.Errorf("make the directory of the images: %w", err)
	}
	index := v1.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageIndex}
	for _, image := range images {
		manifest, err := write(dir, image)
		if err != nil {
			return fmt.Errorf("write the image %q: %w", image.Name, err)
		}
		manifest.Annotations = map[string]string{v1.AnnotationRefName: image.Name}
		index.Manifests = append(index.Manifests, manifest)
	}
	for name, content := range map[string]any{v1.ImageLayoutFile: v1.ImageLayout{Version: v1.ImageLayoutVersion}, v1.ImageIndexFile: index} {
		encoded, err := json.Marshal(content)
		if err != nil {
			return fmt.Errorf("encode %s of the images: %w", name, err)
		}
		if err := replace(filepath.Join(dir, name), encoded); err != nil {
			return fmt.Errorf("write %s of the images: %w", name, err)
		}
	}
	return nil
}

// write writes the blobs of an image and returns the descriptor of its manifest.
func write(dir string, image Image) (v1.Descriptor, error) {
	packed, err := pack(image.Files)
	if err != nil {
		return v1.Descriptor{}, err
	}
	unpacked := digest.FromBytes(packed)
	mediaType := v1.MediaTypeImageLayer
	if image.Compress {
		mediaType = v1.MediaTypeImageLayerGzip
		if packed, err = compress(packed); err != nil {
			return v1.Descriptor{}, err
		}
	}
	layer, err := writeBlob(dir, mediaType, packed)
	if err != nil {
		return v1.Descriptor{}, err
	}
	config, err := writeJSON(dir, v1.MediaTypeImageConfig, v1.Image{
		Platform: v1.Platform{Architecture: runtime.GOARCH, OS: "linux"},
		Config: v1.ImageConfig{
			Entrypoint: image.Entrypoint,
			Cmd:        image.Command,
			User:       image.User,
			Env:        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		},
		RootFS: v1.RootFS{Type: "layers", DiffIDs: []digest.Digest{unpacked}},
	})
	if err != nil {
		return v1.Descriptor{}, err
	}
	return writeJSON(dir, v1.MediaTypeImageManifest, v1.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: v1.MediaTypeImageManifest,
		Config:    config,
		Layers:    []v1.Descriptor{layer},
	})
}

func compress(content []byte) ([]byte, error) {
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(content); err != nil {
		return nil, fmt.Errorf("compress a layer: %w", err)
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("compress a layer: %w", err)
	}
	return packed.Bytes(), nil
}

func writeJSON(dir, mediaType string, content any) (v1.Descriptor, error) {
	encoded, err := json.Marshal(content)
	if err != nil {
		return v1.Descriptor{}, err
	}
	return writeBlob(dir, mediaType, encoded)
}

func writeBlob(dir, mediaType string, content []byte) (v1.Descriptor, error) {
	sum := digest.FromBytes(content)
	err := replace(filepath.Join(dir, v1.ImageBlobsDir, string(sum.Algorithm()), sum.Encoded()), content)
	return v1.Descriptor{MediaType: mediaType, Digest: sum, Size: int64(len(content))}, err
}

// replace writes a file atomically, because another process may be reading it.
func replace(path string, content []byte) error {
	if err := os.WriteFile(path+".new", content, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// pack returns a layer with the files.
func pack(files []File) ([]byte, error) {
	var layer bytes.Buffer
	writer := tar.NewWriter(&layer)
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
			return nil, fmt.Errorf("pack %q: %w", file.Path, err)
		}
		if header.Typeflag == tar.TypeReg {
			if _, err := writer.Write(file.Content); err != nil {
				return nil, fmt.Errorf("pack %q: %w", file.Path, err)
			}
		}
	}
	err := writer.Close()
	return layer.Bytes(), err
}
