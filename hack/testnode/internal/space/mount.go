// SPDX-License-Identifier: Apache-2.0

package space

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"kubelet-ordering/hack/testnode/internal/host"
)

// furnish separates the new mount namespace from the machine's and sets it up for the node. Its mounts are not visible outside.
func furnish(spec Spec) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("separate the node's mounts from the machine's: %w", err)
	}
	if err := kernelFilesystems(spec); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"); err != nil {
		return fmt.Errorf("give the node its own /run: %w", err)
	}
	if spec.Disk > 0 {
		if err := mountDisk(spec.Root, spec.Disk); err != nil {
			return err
		}
	}
	for dir, names := range ownDirectories {
		own := map[string]string{}
		for _, name := range names {
			own[name] = filepath.Join(spec.Root, dataDir, strings.Trim(strings.ReplaceAll(dir, "/", "-"), "-"), name)
		}
		if err := shadow(dir, own); err != nil {
			return err
		}
	}
	if spec.OwnTmp && !slices.Contains(spec.Shown, tmp) {
		if err := coverTmp(spec); err != nil {
			return err
		}
	}
	if err := answerNames(spec.Root); err != nil {
		return err
	}
	// Volumes with mount propagation need shared mounts. They propagate only within the node.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SHARED, ""); err != nil {
		return fmt.Errorf("make the node's mounts shared: %w", err)
	}
	return nil
}

// ownDirectories are paths that are hard-coded in the kubelet, containerd and CNI.
var ownDirectories = map[string][]string{
	"/var/lib": {"kubelet", "cni", "containerd"},
	"/var/log": {"pods", "containers"},
}

func kernelFilesystems(spec Spec) error {
	for _, mount := range []struct{ kind, target string }{{"proc", "/proc"}, {"sysfs", "/sys"}} {
		// Detach the old mount instead of covering it: covered mounts would show up in the mount table and mislead its readers.
		if err := syscall.Unmount(mount.target, syscall.MNT_DETACH); err != nil {
			return fmt.Errorf("take down the machine's %s: %w", mount.target, err)
		}
		if err := syscall.Mount(mount.kind, mount.target, mount.kind, syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
			return fmt.Errorf("mount the node's %s: %w", mount.target, err)
		}
		// The kernel lets a user namespace mount these only if a mount without anything mounted over it is visible.
		bare := filepath.Join(spec.Root, "bare", mount.kind)
		if err := os.MkdirAll(bare, 0o755); err != nil {
			return fmt.Errorf("make a place for a bare %s: %w", mount.kind, err)
		}
		if err := syscall.Mount(mount.kind, bare, mount.kind, syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
			return fmt.Errorf("mount a bare %s: %w", mount.kind, err)
		}
	}
	if err := maskSysctls(filepath.Join(spec.Root, "sysctl")); err != nil {
		return err
	}
	return mountCgroups(spec.Hierarchies)
}

func mountCgroups(hierarchies []host.Hierarchy) error {
	const top = "/sys/fs/cgroup"
	if len(hierarchies) == 1 && hierarchies[0].Unified {
		if err := syscall.Mount("cgroup2", top, "cgroup2", 0, ""); err != nil {
			return fmt.Errorf("mount the node's cgroups: %w", err)
		}
		return splitUnified(top)
	}
	if err := syscall.Mount("tmpfs", top, "tmpfs", 0, "mode=0755"); err != nil {
		return fmt.Errorf("mount the node's cgroups: %w", err)
	}
	for _, hierarchy := range hierarchies {
		target := filepath.Join(top, filepath.Base(hierarchy.Mountpoint))
		if err := os.Mkdir(target, 0o755); err != nil {
			return fmt.Errorf("make a place for a cgroup hierarchy: %w", err)
		}
		kind := "cgroup"
		if hierarchy.Unified {
			kind = "cgroup2"
		}
		if err := syscall.Mount(kind, target, kind, 0, hierarchy.Options); err != nil {
			return fmt.Errorf("mount the cgroup hierarchy %q: %w", hierarchy.Options, err)
		}
		for _, controller := range strings.Split(hierarchy.Options, ",") {
			if !strings.Contains(controller, "=") && controller != "none" {
				// Ignore errors: only hierarchies with several controllers need the link.
				_ = os.Symlink(filepath.Base(target), filepath.Join(top, controller))
			}
		}
	}
	return nil
}

// splitUnified moves the node's own processes into a leaf: a v2 cgroup that has processes cannot delegate controllers.
func splitUnified(top string) error {
	leaf := filepath.Join(top, "node")
	if err := os.Mkdir(leaf, 0o755); err != nil {
		return fmt.Errorf("make the cgroup of the node's own processes: %w", err)
	}
	content, err := os.ReadFile(filepath.Join(top, "cgroup.procs"))
	if err != nil {
		return fmt.Errorf("list the node's own processes: %w", err)
	}
	for _, pid := range strings.Fields(string(content)) {
		if err := os.WriteFile(filepath.Join(leaf, "cgroup.procs"), []byte(pid), 0); err != nil {
			return fmt.Errorf("move process %s into the cgroup %q: %w", pid, leaf, err)
		}
	}
	return delegate(top)
}
