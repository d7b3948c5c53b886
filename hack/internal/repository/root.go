// SPDX-License-Identifier: Apache-2.0

// Package repository finds the repository that a tool runs in.
package repository

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Root returns the root directory of the repository that contains the current directory.
func Root() (string, error) {
	output, err := exec.Command("go", "list", "-m", "-f", "{{.Path}}\t{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	dir, ok := strings.CutPrefix(strings.TrimSpace(string(output)), "kubelet-ordering\t")
	if !ok || !filepath.IsAbs(dir) {
		return "", errors.New("this is not inside the repository: change to it")
	}
	return dir, nil
}
