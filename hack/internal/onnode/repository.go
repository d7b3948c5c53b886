// SPDX-License-Identifier: Apache-2.0

package onnode

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for {
		if text, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && strings.HasPrefix(string(text), "module kubelet-ordering\n") {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("this is not inside the repository: change to it")
		}
		dir = filepath.Dir(dir)
	}
}

// furnished tells whether `testnode setup` has run.
func furnished(repo string) bool {
	for _, name := range []string{"bin/ociwrap", "images"} {
		if _, err := os.Stat(filepath.Join(repo, "_output", "node", name)); err != nil {
			return false
		}
	}
	return true
}
