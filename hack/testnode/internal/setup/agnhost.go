// SPDX-License-Identifier: Apache-2.0

package setup

import (
	"fmt"
	"os"
	"path/filepath"

	"kubelet-ordering/hack/testnode/internal/image"
)

// agnhost builds upstream's test server from the Kubernetes tree and puts it on top of busybox. It lacks the tools that
// upstream's image has from Alpine (dig, curl, iperf and so on).
func (s Setup) agnhost(key string, busybox []byte) error {
	source := filepath.Join(s.Tree, "test/images/agnhost")
	version, err := os.ReadFile(filepath.Join(source, "VERSION"))
	if err != nil {
		return fmt.Errorf("find agnhost in the Kubernetes tree %q (assemble it, or name another with -tree): %w", s.Tree, err)
	}
	return s.once("agnhost", key+string(version), []string{Archive(s.ImageDir(), agnhostImage)}, func() error {
		program := filepath.Join(s.BinDir(), "agnhost")
		err := s.run("building agnhost (minutes, the first time)", s.Tree, []string{"CGO_ENABLED=0"},
			"go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, "./test/images/agnhost")
		if err != nil {
			return err
		}
		content, err := os.ReadFile(program)
		if err != nil {
			return fmt.Errorf("read the agnhost program: %w", err)
		}
		files, err := s.userland(busybox)
		if err != nil {
			return err
		}
		files = append(files, image.Program("agnhost", content), image.Link("agnhost-2", "agnhost"), image.Dir("uploads", 0o755))
		return s.writeImage(image.Image{Name: agnhostImage, Entrypoint: []string{"/agnhost"}, Command: []string{"pause"}, Files: files})
	})
}
