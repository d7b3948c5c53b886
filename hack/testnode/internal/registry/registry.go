// SPDX-License-Identifier: Apache-2.0

// Package registry serves images to containerd on the node, which can reach no other registry. With it, pods with pull policy
// Always can start, and tests can slow down a pull.
package registry

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go/v1"
)

// Registry serves pulls of the images of an OCI layout that package image wrote. It supports no other requests.
type Registry struct {
	dir string
	// names are the full names of the images.
	names []string
	// manifests maps repository:tag, without the registry's name, to the digest of the manifest.
	manifests map[string]string
	// any is the digest of the first image of each repository, for slow tags.
	any map[string]string
}

// New reads the layout in the directory, which must stay in place.
func New(dir string) (*Registry, error) {
	content, err := os.ReadFile(filepath.Join(dir, v1.ImageIndexFile))
	if err != nil {
		return nil, fmt.Errorf("read the index of the images: %w", err)
	}
	var index v1.Index
	if err := json.Unmarshal(content, &index); err != nil {
		return nil, fmt.Errorf("decode the index of the images in %q: %w", dir, err)
	}
	registry := &Registry{dir: dir, manifests: map[string]string{}, any: map[string]string{}}
	for _, manifest := range index.Manifests {
		name := manifest.Annotations[v1.AnnotationRefName]
		registry.names = append(registry.names, name)
		// The first component is the registry, which is not part of the requests.
		_, reference, _ := strings.Cut(name, "/")
		repository, _, _ := strings.Cut(reference, ":")
		registry.manifests[reference] = string(manifest.Digest)
		if registry.any[repository] == "" {
			registry.any[repository] = string(manifest.Digest)
		}
	}
	return registry, nil
}

// Names returns the full names of the images.
func (r *Registry) Names() []string { return r.names }

// slowTag matches tags such as slow-5s and slow-1500ms-b. They stand for the repository's first image, served after that delay.
var slowTag = regexp.MustCompile(`^slow-([0-9]+m?s)(-.*)?$`)

// resolve returns the digest of a reference, empty if it is unknown, and how long to delay the answer.
func (r *Registry) resolve(repository, reference string) (digest string, delay time.Duration) {
	if strings.HasPrefix(reference, "sha256:") {
		return reference, 0
	}
	if found, ok := r.manifests[repository+":"+reference]; ok {
		return found, 0
	}
	if match := slowTag.FindStringSubmatch(reference); match != nil {
		if delay, err := time.ParseDuration(match[1]); err == nil {
			return r.any[repository], delay
		}
	}
	return "", 0
}

var request = regexp.MustCompile(`^/v2/(.+)/(manifests|blobs)/([^/]+)$`)

// ServeHTTP implements the part of the OCI distribution protocol that a pull needs.
func (r *Registry) ServeHTTP(writer http.ResponseWriter, asked *http.Request) {
	if asked.URL.Path == "/v2/" {
		return
	}
	match := request.FindStringSubmatch(asked.URL.Path)
	if match == nil || asked.Method != http.MethodGet && asked.Method != http.MethodHead {
		http.NotFound(writer, asked)
		return
	}
	found, delay := r.resolve(match[1], match[3])
	sum := digest.Digest(found)
	if sum.Validate() != nil {
		http.NotFound(writer, asked)
		return
	}
	select {
	case <-time.After(delay):
	case <-asked.Context().Done():
		return
	}
	writer.Header().Set("Content-Type", "application/octet-stream")
	if match[2] == "manifests" {
		writer.Header().Set("Content-Type", v1.MediaTypeImageManifest)
	}
	writer.Header().Set("Docker-Content-Digest", found)
	http.ServeFile(writer, asked, filepath.Join(r.dir, v1.ImageBlobsDir, string(sum.Algorithm()), sum.Encoded()))
}
