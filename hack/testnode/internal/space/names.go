// SPDX-License-Identifier: Apache-2.0

package space

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// answerNames lets the node resolve its own name only. The node cannot reach the machine's name servers, and programs that look up
// the node's name would wait 10 s for them.
func answerNames(root string) error {
	hosts := fmt.Sprintf("127.0.0.1 localhost\n::1 localhost\n%s %s\n", NodeIP, Hostname)
	for path, content := range map[string]string{"/etc/hosts": hosts, "/etc/resolv.conf": ""} {
		resolved, err := filepath.EvalSymlinks(path)
		if errors.Is(err, fs.ErrNotExist) {
			// Without the file, programs do not use external name servers either.
			continue
		}
		if err != nil {
			return fmt.Errorf("find %q: %w", path, err)
		}
		own := filepath.Join(root, "etc."+filepath.Base(path))
		if err := os.WriteFile(own, []byte(content), 0o644); err != nil {
			return fmt.Errorf("write the node's %q: %w", path, err)
		}
		if err := bind(own, resolved); err != nil {
			return err
		}
	}
	return nil
}
