// SPDX-License-Identifier: Apache-2.0

package space

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const tmp = "/tmp"

// coverTmp covers /tmp with a directory below the node's root, and shows in it those entries that the node needs. What programs leave
// in it goes with the root: upstream's suite leaves the data of its etcd, over 100 MB.
func coverTmp(spec Spec) error {
	// Not on the disk of the data, which specs fill: an etcd that cannot write ends.
	own := filepath.Join(spec.Root, "tmp")
	if err := os.MkdirAll(own, 0o777); err != nil {
		return fmt.Errorf("make the node's own /tmp: %w", err)
	}
	// Unlike Mkdir, Chmod knows nothing of a umask.
	if err := os.Chmod(own, 0o777|os.ModeSticky); err != nil {
		return fmt.Errorf("open the node's own /tmp to all users: %w", err)
	}
	original, err := os.Open(tmp)
	if err != nil {
		return fmt.Errorf("open /tmp to cover it: %w", err)
	}
	defer original.Close()
	if err := bind(own, tmp); err != nil {
		return err
	}
	// The covered directory is still reachable through its file descriptor.
	below := fmt.Sprintf("/proc/self/fd/%d", original.Fd())
	for _, name := range entriesOf(tmp, append(spec.Shown, spec.Root)) {
		info, err := os.Lstat(filepath.Join(below, name))
		if err != nil {
			return fmt.Errorf("look at %q to show it in the node: %w", filepath.Join(tmp, name), err)
		}
		if err := show(filepath.Join(below, name), filepath.Join(tmp, name), info.Mode()); err != nil {
			return err
		}
	}
	return nil
}

// entriesOf returns the names of those entries of a directory that are one of the paths or hold it, each once and sorted.
func entriesOf(dir string, paths []string) []string {
	var names []string
	for _, path := range paths {
		relative, err := filepath.Rel(dir, path)
		if err != nil || relative == "." || relative == ".." || strings.HasPrefix(relative, "../") {
			continue
		}
		name, _, _ := strings.Cut(relative, "/")
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
