// SPDX-License-Identifier: Apache-2.0

// Package registry serves image archives to containerd on the node, which reaches no other registry: pods with pull policy
// Always can start, and a pull can be made as slow as a test wants.
package registry

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"
)

// Registry answers pulls, and nothing else, of the images in a set of archives as package image writes them.
type Registry struct {
	blobs map[string]blob
	// manifests maps repository:tag, without the registry's name, to a digest.
	manifests map[string]string
	// any is the digest of the first image of each repository, for slow tags.
	any map[string]string
}

// New indexes the archives; they must stay in place.
func New(archives []string) (*Registry, error) {
	registry := &Registry{blobs: map[string]blob{}, manifests: map[string]string{}, any: map[string]string{}}
	for _, archive := range archives {
		if err := registry.add(archive); err != nil {
			return nil, fmt.Errorf("index the image archive %q: %w", archive, err)
		}
	}
	return registry, nil
}

// slowTag is one such as slow-5s or slow-1500ms-b: the repository's first image, after that time.
var slowTag = regexp.MustCompile(`^slow-([0-9]+m?s)(-.*)?$`)

// resolve finds the digest of a reference, and how long to wait before it is given.
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
	digest, delay := r.resolve(match[1], match[3])
	found, ok := r.blobs[digest]
	if !ok {
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
		writer.Header().Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
	}
	writer.Header().Set("Docker-Content-Digest", digest)
	file, err := os.Open(found.archive)
	if err != nil {
		http.Error(writer, err.Error(), http.StatusInternalServerError)
		return
	}
	defer file.Close()
	http.ServeContent(writer, asked, "", time.Time{}, io.NewSectionReader(file, found.offset, found.size))
}
