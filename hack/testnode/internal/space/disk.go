// SPDX-License-Identifier: Apache-2.0

package space

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// dataDir is the directory below a node's root that holds what the kubelet, containerd and containers write.
const dataDir = "data"

// mountDisk gives the node's data a file system of the given size, in a file that grows with what is written and shrinks with what is
// deleted. The kernel releases the loop device with the mount namespace.
func mountDisk(root string, size int64) error {
	image, target := filepath.Join(root, "disk.img"), filepath.Join(root, dataDir)
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		return fmt.Errorf("make the node's disk: %w", err)
	}
	if err := os.Truncate(image, size); err != nil {
		return fmt.Errorf("make the node's disk of %d bytes: %w", size, err)
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		return fmt.Errorf("make a place for the node's disk: %w", err)
	}
	for _, argv := range [][]string{
		// Nobody needs a disk to outlive its node: no journal. The superuser's reserve would make less available than is free.
		{"mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", image},
		{"mount", "-o", "loop,discard", image, target},
	} {
		if output, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("give the node a disk of its own (needs e2fsprogs and loop devices): %s: %w: %s",
				strings.Join(argv, " "), err, strings.TrimSpace(string(output)))
		}
	}
	return nil
}
