// SPDX-License-Identifier: Apache-2.0

// Package engine provides Docker's engine from Debian's packages, which it downloads and unpacks, and never installs.
package engine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Packages are the Debian packages of the engine.
var Packages = []string{"docker.io", "containerd", "runc", "tini"}

// Unpack downloads Debian packages with apt and unpacks them into the directory, which it creates whole or not at all. It does
// nothing if the directory is there.
func Unpack(ctx context.Context, dir string, packages ...string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	work := dir + ".new"
	if err := os.RemoveAll(work); err != nil {
		return fmt.Errorf("remove what an interrupted run has left: %w", err)
	}
	defer os.RemoveAll(work)
	debs, root := filepath.Join(work, "debs"), filepath.Join(work, "root")
	for _, each := range []string{debs, root} {
		if err := os.MkdirAll(each, 0o755); err != nil {
			return fmt.Errorf("make a directory for packages: %w", err)
		}
	}
	if err := run(ctx, debs, "apt-get", append([]string{"download", "-q"}, packages...)...); err != nil {
		return fmt.Errorf("download %s (does `apt-get update` help?): %w", strings.Join(packages, ", "), err)
	}
	files, err := filepath.Glob(filepath.Join(debs, "*.deb"))
	if err != nil || len(files) < len(packages) {
		return fmt.Errorf("apt-get downloaded %d packages instead of %d: %w", len(files), len(packages), err)
	}
	for _, file := range files {
		if err := run(ctx, debs, "dpkg-deb", "--extract", file, root); err != nil {
			return fmt.Errorf("unpack %s: %w", filepath.Base(file), err)
		}
	}
	if err := os.Rename(root, dir); err != nil {
		return fmt.Errorf("keep the unpacked packages: %w", err)
	}
	return nil
}

// run runs a command in a directory. Its output is part of the error.
func run(ctx context.Context, dir, name string, args ...string) error {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir, command.Env = dir, append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	output, err := command.CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(output)), "\n")
		return fmt.Errorf("%s: %w:\n%s", name, err, strings.Join(lines[max(0, len(lines)-15):], "\n"))
	}
	return nil
}
