// SPDX-License-Identifier: Apache-2.0

package webhook

import (
	"archive/tar"
	"os"
	"path/filepath"
	"testing"

	"kubelet-ordering/hack/internal/image"
)

// loadImage gives containerd the image that cmd/order-webhook/Dockerfile describes.
func loadImage(t *testing.T) {
	t.Helper()
	content, err := os.ReadFile(*program)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	layout := filepath.Join(dir, "layout")
	// containerd takes the name of the layout's entry for a tag.
	if err := image.WriteLayout(layout, image.Image{
		Name: "local", Entrypoint: []string{"/order-webhook"}, User: "65532:65532",
		Files: []image.File{image.Program("order-webhook", content)},
	}); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(dir, "image.tar"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	packed := tar.NewWriter(file)
	if err := packed.AddFS(os.DirFS(layout)); err != nil {
		t.Fatal(err)
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	must(t, "", "ctr", "--address", filepath.Join(os.Getenv("TESTNODE_ROOT"), "containerd.sock"), "--namespace", "k8s.io",
		"images", "import", "--base-name", "docker.io/library/order-webhook", file.Name())
}
