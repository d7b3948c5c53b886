// SPDX-License-Identifier: Apache-2.0

package setup

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/internal/image"
)

func TestUpstreamImages(t *testing.T) {
	s := Setup{Out: t.TempDir()}
	userland := []image.File{image.Dir("bin", 0o755)}
	if got, err := s.upstreamImages(userland); err != nil || len(got) > 0 {
		t.Errorf("without their programs: got %d images, %v", len(got), err)
	}

	if err := os.Mkdir(s.BinDir(), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"agnhost", "nonewprivs", "sample-device-plugin", "curl", "pause", "bash", "localhost.crt", "localhost.key"} {
		if got, err := s.upstreamImages(userland); err != nil || len(got) > 0 {
			t.Errorf("without %s, as an older setup left it: got %d images, %v", name, len(got), err)
		}
		if err := os.WriteFile(filepath.Join(s.BinDir(), name), []byte(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	images, err := s.upstreamImages(userland)
	if err != nil {
		t.Fatal(err)
	}
	// What the image runs, and the mode of that program, which makes it run as root.
	type found struct {
		Runs []string
		Mode int64
	}
	got := map[string]found{}
	for _, one := range images {
		f := found{Runs: append(one.Entrypoint, one.Command...)}
		for _, file := range one.Files {
			if file.Path == "usr/local/bin/nnp" || file.Path == "agnhost" {
				f.Mode = file.Mode
			}
		}
		got[one.Name] = f
	}
	want := map[string]found{
		"registry.k8s.io/e2e-test-images/agnhost:2.66.1":             {Runs: []string{"/agnhost", "pause"}, Mode: 0o755},
		"registry.k8s.io/e2e-test-images/agnhost:2.55":               {Runs: []string{"/agnhost", "pause"}, Mode: 0o755},
		"registry.k8s.io/e2e-test-images/nonewprivs:1.4":             {Runs: []string{"nnp"}, Mode: 0o6755},
		"registry.k8s.io/e2e-test-images/nginx:1.27.0-2":             {Runs: []string{"sh", "-c", "echo $$ >/var/run/nginx.pid; exec nginx"}},
		"registry.k8s.io/e2e-test-images/nginx:1.28.0-2":             {Runs: []string{"sh", "-c", "echo $$ >/var/run/nginx.pid; exec nginx"}},
		"registry.k8s.io/e2e-test-images/nonroot:1.5":                {Runs: []string{"sh"}},
		"registry.k8s.io/e2e-test-images/kitten:1.8":                 {},
		"registry.k8s.io/e2e-test-images/glibc-dns-testing:2.1.1":    {Runs: []string{"sh"}},
		"registry.k8s.io/e2e-test-images/sample-device-plugin:1.8.0": {Runs: []string{"/sampledeviceplugin", "-alsologtostderr"}},
		"registry.k8s.io/e2e-test-images/ipc-utils:1.4":              {Runs: []string{"sh"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
