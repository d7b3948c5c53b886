// SPDX-License-Identifier: Apache-2.0

package machine

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/testnode/internal/debian"
	"kubelet-ordering/hack/testnode/internal/space"
)

//go:embed boot.sh
var bootScript string

// service runs boot.sh when the machine is up.
const service = `[Unit]
Description=What the machine was started for
After=multi-user.target

[Service]
Type=simple
ExecStart=/bin/sh /usr/local/sbin/vm
Environment=HOME=/root TERM=linux
KillMode=process
Delegate=yes

[Install]
WantedBy=graphical.target
`

// packages are those of the machine: an init system, and what a node needs.
var packages = []string{
	"systemd", "systemd-sysv", "dbus", "kmod", "sudo", "iproute2", "util-linux", "procps", "busybox-static", "libseccomp2", "iptables",
	"containernetworking-plugins", "apparmor", "ca-certificates",
}

// files and links are what is added to the packages.
var files = map[string]string{
	"etc/hostname":                  space.Hostname + "\n",
	"etc/hosts":                     "127.0.0.1 localhost\n" + space.NodeIP + " " + space.Hostname + "\n",
	mark:                            "Made by testnode machine, to be thrown away.\n",
	"etc/resolv.conf":               "",
	"etc/fstab":                     "",
	"etc/modules-load.d/node.conf":  "overlay\nbridge\nveth\nbr_netfilter\n",
	"etc/systemd/system/vm.service": service,
	"usr/local/sbin/vm":             bootScript,
}

var links = map[string]string{
	"etc/systemd/system/graphical.target.wants/vm.service": "../vm.service",
	// Nobody logs in, and these delay the start.
	"etc/systemd/system/getty.target":                         "/dev/null",
	"etc/systemd/system/systemd-update-utmp-runlevel.service": "/dev/null",
	"etc/systemd/system/e2scrub_reap.service":                 "/dev/null",
	"etc/systemd/system/apt-daily.timer":                      "/dev/null",
	"etc/systemd/system/apt-daily-upgrade.timer":              "/dev/null",
}

// diskSize is the size of the file system. The file is sparse.
const diskSize = "8G"

// diskSuite is the suite of the machine's packages where this machine is not a Debian.
const diskSuite = "bookworm"

// GetDisk makes the machine's root file system for the kernel, unless the file is there already, and returns its path.
func GetDisk(ctx context.Context, log *progress.Log, dir string, kernel Kernel) (string, error) {
	modules, err := kernel.Modules()
	if err != nil {
		return "", err
	}
	suite := debian.HostSuite(diskSuite)
	disk := filepath.Join(dir, "disk-"+recipe(suite, filepath.Base(modules)))
	if _, err := os.Stat(disk); err == nil {
		return disk, nil
	}
	mirror, err := debian.Mirror()
	if err != nil {
		return "", err
	}
	old, _ := filepath.Glob(filepath.Join(dir, "disk-*"))
	for _, path := range old {
		os.Remove(path)
	}
	root := filepath.Join(dir, "root")
	defer os.RemoveAll(root)
	if err := os.RemoveAll(root); err != nil {
		return "", fmt.Errorf("remove an unfinished root file system: %w", err)
	}
	steps := []struct {
		what string
		work func() error
	}{
		{"installing Debian's " + suite + " for the machine (minutes)", func() error {
			return alone(ctx, "debootstrap", "--variant=minbase", "--include="+strings.Join(packages, ","), suite, root, mirror)
		}},
		{"furnishing the machine", func() error { return furnish(ctx, root, modules) }},
		{"making the machine's disk", func() error {
			if err := alone(ctx, "mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", root, disk+".new", diskSize); err != nil {
				return err
			}
			return os.Rename(disk+".new", disk)
		}},
	}
	for _, step := range steps {
		if err := log.Step(step.what, step.work); err != nil {
			return "", err
		}
	}
	return disk, nil
}

// recipe identifies the content of a disk.
func recipe(parts ...string) string {
	parts = append(parts, packages...)
	return fmt.Sprintf("%.12x", sha256.Sum256([]byte(strings.Join(append(parts, diskSize, fmt.Sprint(files, links)), "\n"))))
}

// furnish adds to the root file system what makes it a machine.
func furnish(ctx context.Context, root, modules string) error {
	in := func(path string) string { return filepath.Join(root, path) }
	for path, content := range files {
		if err := os.WriteFile(in(path), []byte(content), 0o644); err != nil {
			return fmt.Errorf("furnish the machine: %w", err)
		}
	}
	for link, target := range links {
		if err := os.MkdirAll(filepath.Dir(in(link)), 0o755); err != nil {
			return fmt.Errorf("furnish the machine: %w", err)
		}
		if err := os.Symlink(target, in(link)); err != nil {
			return fmt.Errorf("furnish the machine: %w", err)
		}
	}
	if err := os.MkdirAll(in("lib/modules"), 0o755); err != nil {
		return fmt.Errorf("furnish the machine: %w", err)
	}
	for _, command := range [][]string{
		{"cp", "-r", modules, in("lib/modules")},
		{"chroot", root, "depmod", filepath.Base(modules)},
		{"rm", "-rf", in("var/cache/apt"), in("var/lib/apt/lists"), in("usr/share/doc"), in("usr/share/locale"), in("usr/share/man")},
	} {
		if err := alone(ctx, command...); err != nil {
			return err
		}
	}
	return nil
}

// alone runs a command with mounts of its own, and kills all its processes when the context ends.
func alone(ctx context.Context, argv ...string) error {
	command := exec.CommandContext(ctx, argv[0], argv[1:]...)
	command.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Unshareflags: syscall.CLONE_NEWNS}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	output, err := command.CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(output)), "\n")
		return fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, strings.Join(lines[max(0, len(lines)-10):], "\n"))
	}
	return nil
}
