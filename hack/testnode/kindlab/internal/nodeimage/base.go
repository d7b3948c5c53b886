// SPDX-License-Identifier: Apache-2.0

// Package nodeimage makes an image that `kind create cluster` accepts: a small Debian with systemd, the programs of a Kubernetes
// node, and the images of the pods that every cluster has. Nothing in it is copied from kind.
package nodeimage

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Suite is the Debian release of the node. Its systemd is the last one that runs on cgroup v1 without being told to.
const Suite = "bookworm"

// Packages are the Debian packages of a node, in addition to the essential ones.
var Packages = []string{
	"systemd", "systemd-sysv", "dbus", // the node's first process, and what systemctl speaks
	"iptables", "nftables", "iproute2", "kmod", "conntrack", "ethtool", // Services, and the plugins of the pod network
	"libseccomp2",                        // runc
	"procps", "socat", "ca-certificates", // what people and kind call in a node
}

// Base makes the root directory of a Debian system with these packages, whole or not at all. It does nothing if the directory is
// there. The other directory has debootstrap's unpacked package.
func Base(ctx context.Context, dir, debootstrap string, packages []string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	work := dir + ".new"
	if err := os.RemoveAll(work); err != nil {
		return fmt.Errorf("remove what an interrupted run has left: %w", err)
	}
	args := []string{"--variant=minbase", "--include=" + strings.Join(packages, ","), Suite, work}
	if mirror := mirrorOf(aptSources(ctx)); mirror != "" {
		args = append(args, mirror)
	}
	command := exec.CommandContext(ctx, filepath.Join(debootstrap, "usr/sbin/debootstrap"), args...)
	command.Env = append(os.Environ(), "DEBOOTSTRAP_DIR="+filepath.Join(debootstrap, "usr/share/debootstrap"))
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	output, err := command.CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(output)), "\n")
		return fmt.Errorf("debootstrap %s: %w:\n%s", Suite, err, strings.Join(lines[max(0, len(lines)-15):], "\n"))
	}
	if err := os.Rename(work, dir); err != nil {
		return fmt.Errorf("keep the node's system: %w", err)
	}
	return nil
}

// aptSources returns the sources of packages that apt uses on this machine, as lines of address and release.
func aptSources(ctx context.Context) string {
	output, err := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages").Output()
	if err != nil {
		return ""
	}
	return string(output)
}

// mirrorOf returns the address from which apt gets the suite, or an empty string: then debootstrap uses its own.
func mirrorOf(sources string) string {
	for line := range strings.Lines(sources) {
		if words := strings.Fields(line); len(words) == 2 && words[1] == Suite {
			return words[0]
		}
	}
	return ""
}

// leftOut are directories of the base that a node does not need. Their contents are not packed.
var leftOut = []string{"boot", "dev", "proc", "run", "sys", "tmp", "usr/share/doc", "usr/share/info", "usr/share/locale", "usr/share/man",
	"var/cache/apt", "var/cache/debconf", "var/lib/apt/lists", "var/log"}

// isLeftOut reports whether a path of the base lies in a directory whose contents are left out.
func isLeftOut(path string) bool {
	return slices.ContainsFunc(leftOut, func(dir string) bool { return strings.HasPrefix(path, dir+"/") })
}
