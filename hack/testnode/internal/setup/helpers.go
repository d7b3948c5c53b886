// SPDX-License-Identifier: Apache-2.0

package setup

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// helperNames are our own programs: for images, and in place of the OCI runtime.
var helperNames = []string{"pause", "nmeter", "ociwrap"}

const internalDir = "hack/testnode/internal"

// helpers builds our own small programs, static, when their sources have changed.
func (s Setup) helpers() error {
	sources, err := s.sourceHash()
	if err != nil {
		return err
	}
	return s.once("helpers", sources, s.helperFiles(), func() error {
		for _, name := range helperNames {
			err := s.run("building "+name, s.Repo, []string{"CGO_ENABLED=0"},
				"go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(s.BinDir(), name), "./"+internalDir+"/cmd/"+name)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (s Setup) helperFiles() []string {
	var files []string
	for _, name := range helperNames {
		files = append(files, filepath.Join(s.BinDir(), name))
	}
	return files
}

// once does the work unless it was done for the same key before and its results are still there.
func (s Setup) once(name, key string, results []string, work func() error) error {
	stamp := filepath.Join(s.Out, name+".stamp")
	if old, err := os.ReadFile(stamp); err == nil && string(old) == key && allThere(results) {
		return nil
	}
	if err := work(); err != nil {
		return err
	}
	if err := os.WriteFile(stamp, []byte(key), 0o644); err != nil {
		return fmt.Errorf("note that %s is done: %w", name, err)
	}
	return nil
}

func allThere(files []string) bool {
	for _, path := range files {
		if !file(path)() {
			return false
		}
	}
	return true
}

// sourceHash covers every Go file that the helpers, and the images made of them, are made from.
func (s Setup) sourceHash() (string, error) {
	hash := sha256.New()
	fmt.Fprintln(hash, runtime.Version())
	for _, dir := range []string{"cmd", "host", "ocispec", "setup", "image"} {
		root := filepath.Join(s.Repo, internalDir, dir)
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			content, err := os.ReadFile(path)
			fmt.Fprintf(hash, "%s %x\n", path, sha256.Sum256(content))
			return err
		})
		if err != nil {
			return "", fmt.Errorf("read the sources of the node's own programs: %w", err)
		}
	}
	return fmt.Sprintf("%x", hash.Sum(nil)), nil
}
