// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed *.go internal/*/*.go
var sources embed.FS

// toolHash identifies this program in the stamps of trees. It hashes the sources, not the executable, which differs
// between machines.
func toolHash() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(sources, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		data, err := sources.ReadFile(name)
		fmt.Fprintf(h, "%x  %s\n", sha256.Sum256(data), name)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("hashing the program's sources: %w", err)
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}
