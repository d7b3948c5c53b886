// SPDX-License-Identifier: Apache-2.0

package machine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/testnode/internal/debian"
)

// oldestKernel is the first user-mode Linux that runs its processes under seccomp. Older ones trace each system call of theirs: the
// start of a container takes six times as long.
const oldestKernel = "6.16"

// Kernel is a user-mode Linux with what it needs.
type Kernel struct {
	Dir string
}

// Program returns the path of the kernel.
func (k Kernel) Program() string { return filepath.Join(k.Dir, "linux") }

// Modules returns the directory of the kernel's modules, which is named after the kernel's release.
func (k Kernel) Modules() (string, error) {
	found, err := filepath.Glob(filepath.Join(k.Dir, "modules", "*"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("find the kernel's modules in %q (remove that directory and try again): got %q, want one directory", k.Dir, found)
	}
	return found[0], nil
}

// GetKernel downloads the kernel from the suite, if it is not in the directory yet.
func GetKernel(ctx context.Context, log *progress.Log, dir, suite string) (Kernel, error) {
	kernel := Kernel{Dir: dir}
	if runtime.GOARCH != "amd64" {
		return kernel, fmt.Errorf("user-mode Linux runs on amd64 only, and this machine is %s", runtime.GOARCH)
	}
	if _, err := os.Stat(kernel.Program()); err == nil {
		return kernel, nil
	}
	mirror, err := debian.Mirror()
	if err != nil {
		return kernel, err
	}
	err = log.Step("downloading user-mode Linux from Debian's "+suite, func() error {
		return whole(dir, func(made string) error { return fillKernel(ctx, mirror, suite, made, dir) })
	})
	return kernel, err
}

func fillKernel(ctx context.Context, mirror, name, made, dir string) error {
	scratch := filepath.Join(made, "scratch")
	suite, err := debian.Open(ctx, mirror, name, scratch)
	if err != nil {
		return err
	}
	unpacked := filepath.Join(scratch, "unpacked")
	// The kernel is linked against the C library of its suite, which is newer than that of most machines.
	for _, pkg := range []string{"user-mode-linux", "libc6"} {
		if _, err := suite.Unpack(ctx, pkg, unpacked); err != nil {
			return err
		}
	}
	for source, target := range map[string]string{
		"usr/bin/linux.uml":         "linux",
		"usr/lib/uml/modules":       "modules",
		"usr/lib/x86_64-linux-gnu/": "lib",
	} {
		if err := os.Rename(filepath.Join(unpacked, source), filepath.Join(made, target)); err != nil {
			return fmt.Errorf("take %s out of its package in %s: %w", source, name, err)
		}
	}
	if err := os.RemoveAll(scratch); err != nil {
		return fmt.Errorf("remove downloaded packages: %w", err)
	}
	program := filepath.Join(made, "linux")
	// The kernel executes itself again, so that the loader must be named in the program.
	output, err := exec.CommandContext(ctx, "patchelf", "--set-rpath", filepath.Join(dir, "lib"),
		"--set-interpreter", filepath.Join(dir, "lib", "ld-linux-x86-64.so.2"), program).CombinedOutput()
	if err != nil {
		return fmt.Errorf("link the kernel with its C library (patchelf is a Debian package): %w: %s", err, output)
	}
	modules, err := Kernel{Dir: made}.Modules()
	if err != nil {
		return err
	}
	return recent(filepath.Base(modules))
}

// recent returns an error if the kernel is too old.
func recent(release string) error {
	found, err := version.ParseGeneric(strings.TrimSpace(release))
	if err != nil {
		return fmt.Errorf("read the version of user-mode Linux: %w", err)
	}
	if !found.AtLeast(version.MustParseGeneric(oldestKernel)) {
		return fmt.Errorf("user-mode Linux %s is too slow for a node: choose a suite of Debian that has %s or newer", found, oldestKernel)
	}
	return nil
}

// whole makes a directory by filling another one beside it, so that it is complete if it exists.
func whole(dir string, fill func(string) error) error {
	made := dir + ".new"
	for _, old := range []string{made, dir} {
		if err := os.RemoveAll(old); err != nil {
			return fmt.Errorf("remove what was there before: %w", err)
		}
	}
	if err := os.MkdirAll(made, 0o755); err != nil {
		return fmt.Errorf("make a directory: %w", err)
	}
	if err := fill(made); err != nil {
		os.RemoveAll(made)
		return err
	}
	if err := os.Rename(made, dir); err != nil {
		return fmt.Errorf("put a new directory in its place: %w", err)
	}
	return nil
}
