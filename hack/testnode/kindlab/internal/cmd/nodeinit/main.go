// SPDX-License-Identifier: Apache-2.0

// Command nodeinit is the first process of a node of the kind lab: it prepares the container for systemd and becomes systemd.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const systemd = "/lib/systemd/systemd"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "nodeinit:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "boot":
		return boot()
	case len(args) == 2 && args[0] == "cgroup":
		return makeCgroups("/sys/fs/cgroup", args[1])
	}
	return errors.New("usage: nodeinit boot | nodeinit cgroup PATH")
}

func boot() error {
	fmt.Printf("nodeinit: a node on cgroup v%d\n", cgroupVersion("/sys/fs/cgroup"))
	// Volumes with mount propagation need shared mounts.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SHARED, ""); err != nil {
		return fmt.Errorf("make the node's mounts shared: %w", err)
	}
	if err := adaptContainerd("/etc/containerd/config.toml"); err != nil {
		return err
	}
	address, err := nodeAddress()
	if err != nil {
		return err
	}
	if err := followAddress("/kind/address", address, addressFiles()); err != nil {
		return err
	}
	// Pods cannot use the engine's name server at its loopback address. Clusters work without names of the outside.
	if err := shareResolver(address); err != nil {
		fmt.Fprintln(os.Stderr, "nodeinit:", err)
	}
	if err := syscall.Exec(systemd, []string{systemd}, os.Environ()); err != nil {
		return fmt.Errorf("become systemd: %w", err)
	}
	return nil
}

// cgroupVersion returns the version of the cgroups below top.
func cgroupVersion(top string) int {
	if _, err := os.Stat(filepath.Join(top, "cgroup.controllers")); err == nil {
		return 2
	}
	return 1
}

// makeCgroups makes a cgroup, and the slice by which systemd knows it, in every hierarchy. A kubelet wants both to exist.
func makeCgroups(top, path string) error {
	hierarchies := []string{top}
	if cgroupVersion(top) == 1 {
		var err error
		if hierarchies, err = filepath.Glob(filepath.Join(top, "*")); err != nil {
			return fmt.Errorf("list the hierarchies of cgroups: %w", err)
		}
	}
	for _, hierarchy := range hierarchies {
		// systemd makes directories for hierarchies that it misses, on a file system that cannot be written to.
		if _, err := os.Stat(filepath.Join(hierarchy, "cgroup.procs")); err != nil {
			continue
		}
		for _, name := range []string{path, path + ".slice"} {
			if err := os.MkdirAll(filepath.Join(hierarchy, name), 0o755); err != nil {
				return fmt.Errorf("make the kubelet's cgroup: %w", err)
			}
			if err := inheritCpuset(hierarchy, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// inheritCpuset gives a new v1 cpuset the processors and memory of the one above, because a process cannot enter an empty one.
func inheritCpuset(hierarchy, name string) error {
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		own := filepath.Join(hierarchy, name, file)
		now, err := os.ReadFile(own)
		if err != nil || strings.TrimSpace(string(now)) != "" || cgroupVersion(hierarchy) == 2 {
			continue
		}
		above, err := os.ReadFile(filepath.Join(hierarchy, file))
		if err != nil {
			return fmt.Errorf("read the processors of the node: %w", err)
		}
		if err := os.WriteFile(own, above, 0o644); err != nil {
			return fmt.Errorf("give the kubelet's cgroup processors: %w", err)
		}
	}
	return nil
}
