// SPDX-License-Identifier: Apache-2.0

package space

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"syscall"
)

// shadow covers a directory with a new one that shows the same entries, except those in own, which are bound to the given
// directories. A program can thus have a hard-coded path such as /var/lib/kubelet to itself, whether or not the machine has that
// directory or uses it.
func shadow(dir string, own map[string]string) error {
	original, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open %q to shadow it: %w", dir, err)
	}
	defer original.Close()
	entries, err := original.ReadDir(-1)
	if err != nil {
		return fmt.Errorf("list %q to shadow it: %w", dir, err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0755"); err != nil {
		return fmt.Errorf("cover %q: %w", dir, err)
	}
	// The covered directory is still reachable through its file descriptor.
	below := fmt.Sprintf("/proc/self/fd/%d", original.Fd())
	for _, entry := range entries {
		if _, taken := own[entry.Name()]; taken {
			continue
		}
		if err := show(filepath.Join(below, entry.Name()), filepath.Join(dir, entry.Name()), entry.Type()); err != nil {
			return err
		}
	}
	names := make([]string, 0, len(own))
	for name := range own {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := os.MkdirAll(own[name], 0o755); err != nil {
			return fmt.Errorf("make the directory behind %q: %w", filepath.Join(dir, name), err)
		}
		if err := show(own[name], filepath.Join(dir, name), os.ModeDir); err != nil {
			return err
		}
	}
	return nil
}

// show creates target and bind-mounts source on it; it copies symbolic links.
func show(source, target string, kind os.FileMode) error {
	switch {
	case kind&os.ModeSymlink != 0:
		link, err := os.Readlink(source)
		if err != nil {
			return fmt.Errorf("read a link to show it at %q: %w", target, err)
		}
		if err := os.Symlink(link, target); err != nil {
			return fmt.Errorf("link %q: %w", target, err)
		}
		return nil
	case kind.IsDir():
		if err := os.Mkdir(target, 0o755); err != nil {
			return fmt.Errorf("make a place to bind to: %w", err)
		}
	default:
		if err := os.WriteFile(target, nil, 0o644); err != nil {
			return fmt.Errorf("make a place to bind to: %w", err)
		}
	}
	return bind(source, target)
}

func bind(source, target string) error {
	if err := syscall.Mount(source, target, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
		return fmt.Errorf("bind %q to %q: %w", source, target, err)
	}
	return nil
}
