// SPDX-License-Identifier: Apache-2.0

package space

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"kubelet-ordering/hack/testnode/internal/host"
)

// CreateCgroup creates a top-level cgroup with that name in every hierarchy, ready for processes.
func CreateCgroup(hierarchies []host.Hierarchy, name string) error {
	for _, hierarchy := range hierarchies {
		// A v2 hierarchy beside others has no controllers that anybody waits for.
		if hierarchy.Unified && len(hierarchies) == 1 {
			if err := delegate(hierarchy.Mountpoint); err != nil {
				return err
			}
		}
		dir := hierarchy.Dir(name)
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("make the cgroup %q (root of the machine's own cgroups is needed): %w", dir, err)
		}
		if hierarchy.Has("cpuset") {
			// A new v1 cpuset is empty, and an empty one accepts no processes.
			for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
				if err := inherit(hierarchy.Mountpoint, dir, file); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// JoinCgroup moves a process into the cgroup; pid 0 means the calling process.
func JoinCgroup(hierarchies []host.Hierarchy, name string, pid int) error {
	for _, hierarchy := range hierarchies {
		file := filepath.Join(hierarchy.Dir(name), "cgroup.procs")
		if err := os.WriteFile(file, []byte(strconv.Itoa(pid)), 0); err != nil {
			return fmt.Errorf("move process %d into a cgroup: %w", pid, err)
		}
	}
	return nil
}

// RemoveCgroup kills all processes in the cgroup and its descendants and removes it from every hierarchy. A cgroup that does not
// exist is not an error.
func RemoveCgroup(hierarchies []host.Hierarchy, name string, limit time.Duration) error {
	var failures []error
	for _, hierarchy := range hierarchies {
		deadline := time.Now().Add(limit)
		for {
			err := removeTree(hierarchy.Dir(name))
			if err == nil {
				break
			}
			if time.Now().After(deadline) {
				failures = append(failures, fmt.Errorf("remove the cgroup %q: %w", hierarchy.Dir(name), err))
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return errors.Join(failures...)
}

func removeTree(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := killAll(dir); err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			if err := removeTree(filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	if err := syscall.Rmdir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func killAll(dir string) error {
	content, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// A frozen v1 process dies only after it is thawed.
	if freezer, err := os.OpenFile(filepath.Join(dir, "freezer.state"), os.O_WRONLY, 0); err == nil {
		_, _ = freezer.WriteString("THAWED")
		freezer.Close()
	}
	for _, field := range strings.Fields(string(content)) {
		// 0 stands for a process outside of our PID namespace; kill(0) would signal our own process group.
		if pid, err := strconv.Atoi(field); err == nil && pid > 1 && pid != os.Getpid() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	return nil
}

func inherit(parent, child, file string) error {
	content, err := os.ReadFile(filepath.Join(parent, file))
	if err != nil {
		return fmt.Errorf("read a cpuset: %w", err)
	}
	if err := os.WriteFile(filepath.Join(child, file), content, 0); err != nil {
		return fmt.Errorf("fill a cpuset: %w", err)
	}
	return nil
}

// delegate enables all controllers of a v2 cgroup for its children.
func delegate(dir string) error {
	content, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("read the controllers of cgroup %q: %w", dir, err)
	}
	for _, controller := range strings.Fields(string(content)) {
		err := os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+controller), 0)
		if err != nil && (controller == "cpu" || controller == "memory" || controller == "pids") {
			return fmt.Errorf("delegate the controller %q below cgroup %q (move the processes of that cgroup into a child): %w",
				controller, dir, err)
		}
	}
	return nil
}

// Empty reports whether the cgroup and its descendants have no processes.
func Empty(dir string) bool {
	empty := true
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == "cgroup.procs" {
			content, err := os.ReadFile(path)
			empty = empty && err == nil && len(content) == 0
		}
		return nil
	})
	return empty
}
