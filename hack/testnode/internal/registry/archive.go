// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// blob is a piece of an archive file.
type blob struct {
	archive      string
	offset, size int64
}

type index struct {
	Manifests []struct {
		Digest      string            `json:"digest"`
		Annotations map[string]string `json:"annotations"`
	} `json:"manifests"`
}

// add remembers where the blobs of an OCI archive are, and which names it has.
func (r *Registry) add(archive string) error {
	file, err := os.Open(archive)
	if err != nil {
		return fmt.Errorf("open it: %w", err)
	}
	defer file.Close()
	reader := tar.NewReader(file)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read it: %w", err)
		}
		if header.Name == "index.json" {
			if err := r.name(reader); err != nil {
				return err
			}
		}
		if hash, ok := strings.CutPrefix(header.Name, "blobs/sha256/"); ok && hash != "" {
			// The tar reader reads no further than the header, so the content begins here.
			offset, err := file.Seek(0, io.SeekCurrent)
			if err != nil {
				return fmt.Errorf("find the blob %s: %w", hash, err)
			}
			r.blobs["sha256:"+hash] = blob{archive: archive, offset: offset, size: header.Size}
		}
	}
}

func (r *Registry) name(content io.Reader) error {
	var decoded index
	if err := json.NewDecoder(content).Decode(&decoded); err != nil {
		return fmt.Errorf("decode its index: %w", err)
	}
	for _, manifest := range decoded.Manifests {
		// The first component is the registry, which is not part of the requests.
		_, reference, _ := strings.Cut(manifest.Annotations["io.containerd.image.name"], "/")
		repository, _, ok := strings.Cut(reference, ":")
		if !ok {
			return fmt.Errorf("its index names no image: make the images anew")
		}
		r.manifests[reference] = manifest.Digest
		if _, known := r.any[repository]; !known {
			r.any[repository] = manifest.Digest
		}
	}
	return nil
}
