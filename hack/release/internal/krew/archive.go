// SPDX-License-Identifier: Apache-2.0

// Package krew packs a kubectl plugin for krew, the plugin manager: one archive for each platform, and the manifest that names them with
// their checksums.
package krew

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// Platform is an operating system and an architecture, as Go and krew name them.
type Platform struct{ OS, Arch string }

// Platforms are those of a release.
var Platforms = []Platform{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}}

func (p Platform) String() string { return p.OS + "/" + p.Arch }

// Program is the name of the plugin's program on the platform.
func (p Platform) Program() string {
	if p.OS == "windows" {
		return "kubectl-order.exe"
	}
	return "kubectl-order"
}

// Archive is the name of the archive of the platform.
func (p Platform) Archive(version string) string {
	return fmt.Sprintf("kubectl-order_%s_%s_%s.tar.gz", version, p.OS, p.Arch)
}

// license is the name of the license in the repository and in the archives: krew's index asks for it.
const license = "LICENSE"

// Pack writes the archive of a platform into a directory and returns its checksum. The same program gives the same archive.
func Pack(dir, version string, p Platform, program, licenseFile string) (string, error) {
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	archive := tar.NewWriter(zipped)
	for _, f := range []struct {
		name, path string
		mode       int64
	}{{p.Program(), program, 0o755}, {license, licenseFile, 0o644}} {
		content, err := os.ReadFile(f.path)
		if err != nil {
			return "", fmt.Errorf("pack the archive of %s: %w", p, err)
		}
		if err := archive.WriteHeader(&tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(content)), Format: tar.FormatUSTAR}); err != nil {
			return "", fmt.Errorf("pack the archive of %s: %w", p, err)
		}
		if _, err := archive.Write(content); err != nil {
			return "", fmt.Errorf("pack the archive of %s: %w", p, err)
		}
	}
	for _, close := range []func() error{archive.Close, zipped.Close} {
		if err := close(); err != nil {
			return "", fmt.Errorf("pack the archive of %s: %w", p, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, p.Archive(version)), packed.Bytes(), 0o644); err != nil {
		return "", fmt.Errorf("pack the archive of %s: %w", p, err)
	}
	sum := sha256.Sum256(packed.Bytes())
	return hex.EncodeToString(sum[:]), nil
}
