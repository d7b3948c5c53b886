// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kubelet-ordering/hack/internal/image"
)

func serve(t *testing.T) (*Registry, *httptest.Server) {
	t.Helper()
	dir := t.TempDir()
	if err := image.WriteLayout(dir, image.Image{Name: "registry.test/a/b:1", Files: []image.File{image.Text("f", "x")}}); err != nil {
		t.Fatal(err)
	}
	registry, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(registry)
	t.Cleanup(server.Close)
	return registry, server
}

func TestServe(t *testing.T) {
	registry, server := serve(t)
	digest := registry.manifests["a/b:1"]
	tests := map[string]struct {
		path string
		want int
	}{
		"version":          {"/v2/", 200},
		"manifest by tag":  {"/v2/a/b/manifests/1", 200},
		"manifest by hash": {"/v2/a/b/manifests/" + digest, 200},
		"slow tag":         {"/v2/a/b/manifests/slow-1ms-x", 200},
		"unknown tag":      {"/v2/a/b/manifests/2", 404},
		"unknown image":    {"/v2/c/manifests/1", 404},
		"slow unknown tag": {"/v2/c/manifests/slow-1ms", 404},
		"unknown blob":     {"/v2/a/b/blobs/sha256:" + strings.Repeat("0", 64), 404},
		"no blob":          {"/v2/a/b/blobs/sha256:..", 404},
		"something else":   {"/v2/a/b/tags/list", 404},
		"outside of /v2":   {"/", 404},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			response, err := http.Get(server.URL + test.path)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != test.want {
				t.Errorf("got %d, want %d", response.StatusCode, test.want)
			}
			if test.want == 200 && test.path != "/v2/" && response.Header.Get("Docker-Content-Digest") != digest {
				t.Errorf("got digest %q, want %q", response.Header.Get("Docker-Content-Digest"), digest)
			}
		})
	}
}

func TestSlowTags(t *testing.T) {
	registry, _ := serve(t)
	tests := map[string]time.Duration{"slow-5s": 5 * time.Second, "slow-1500ms-b": 1500 * time.Millisecond, "slow-x": 0, "1": 0}
	for tag, want := range tests {
		t.Run(tag, func(t *testing.T) {
			if _, got := registry.resolve("a/b", tag); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}
