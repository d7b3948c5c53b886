// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// upstreamVersion returns the version of Kubernetes that the repository pins.
func upstreamVersion(ctx context.Context, root string) (string, error) {
	list := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Version}}", "k8s.io/kubernetes")
	list.Dir = root
	output, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("read upstream's version: %w", err)
	}
	return strings.TrimSpace(string(output)), nil
}

// ownVersion identifies our kubelet by the files that it is made of besides upstream's. Unlike the version that the kubelet prints,
// it does not change with the suites: results count until the kubelet itself changes.
func ownVersion(root, upstream string) (string, error) {
	sum := sha256.New()
	for _, folder := range []string{"pkg", "staging"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/testdata/") {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(root, path)
			fmt.Fprintf(sum, "%s %x\n", name, sha256.Sum256(content))
			return err
		})
		if err != nil {
			return "", fmt.Errorf("read the sources of the kubelet: %w", err)
		}
	}
	return fmt.Sprintf("%s+%x", upstream, sum.Sum(nil)[:8]), nil
}
