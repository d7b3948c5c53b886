// SPDX-License-Identifier: Apache-2.0

package setup

import (
	"context"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// requirement is something that a Debian package provides.
type requirement struct {
	pkg     string
	present func() bool
}

var requirements = []requirement{
	{"iproute2", program("ip")},
	{"util-linux", program("nsenter")},
	{"busybox-static", staticBusybox},
	{"dbus-daemon", program("dbus-daemon")},
	{"containernetworking-plugins", func() bool { return CNIBinDir() != "" }},
}

// buildRequirements are needed only to build containerd and runc.
var buildRequirements = []requirement{
	{"gcc", program("gcc")},
	{"libc6-dev", file("/usr/include/stdlib.h")},
	{"pkg-config", program("pkg-config")},
	{"libseccomp-dev", file("/usr/include/seccomp.h")},
}

// upstreamRequirements are needed only for the images of upstream's specs.
var upstreamRequirements = []requirement{{"bash-static", file(staticBash)}}

// MissingPackages returns the Debian packages that a test node needs and this machine lacks.
func (s Setup) MissingPackages() []string {
	needed := requirements
	if len(s.Runtime.missing(s.BinDir())) > 0 {
		needed = slices.Concat(needed, buildRequirements)
	}
	if s.Tree != "" {
		needed = slices.Concat(needed, upstreamRequirements)
	}
	var missing []string
	for _, requirement := range needed {
		if !requirement.present() {
			missing = append(missing, requirement.pkg)
		}
	}
	return missing
}

func (s Setup) packages(ctx context.Context) error {
	missing := s.MissingPackages()
	if len(missing) == 0 {
		return nil
	}
	names := strings.Join(missing, " ")
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("there is no apt-get here: install what the Debian packages %s bring: %w", names, err)
	}
	if err := s.apt(ctx, "updating the package lists", "update", "-q"); err != nil {
		return err
	}
	return s.apt(ctx, "installing "+names, append([]string{"install", "-y", "-q", "--no-install-recommends"}, missing...)...)
}

// apt runs apt-get. It shows the last lines of the output only on failure.
func (s Setup) apt(ctx context.Context, what string, args ...string) error {
	return s.Log.Step(what, func() error {
		command := exec.CommandContext(ctx, "apt-get", args...)
		command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
		output, err := command.CombinedOutput()
		if err != nil {
			lines := strings.Split(strings.TrimSpace(string(output)), "\n")
			return fmt.Errorf("%w:\n%s", err, strings.Join(lines[max(0, len(lines)-15):], "\n"))
		}
		return nil
	})
}

// CNIBinDir returns the directory of the CNI plugins, or an empty string.
func CNIBinDir() string {
	for _, dir := range []string{"/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"} {
		if file(dir+"/bridge")() && file(dir+"/host-local")() && file(dir+"/loopback")() {
			return dir
		}
	}
	return ""
}

const (
	busybox    = "/bin/busybox"
	staticBash = "/bin/bash-static"
)

// staticBusybox reports whether busybox is statically linked. A dynamically linked one needs libraries that the image does not have.
func staticBusybox() bool {
	binary, err := elf.Open(busybox)
	if err != nil {
		return false
	}
	defer binary.Close()
	for _, segment := range binary.Progs {
		if segment.Type == elf.PT_INTERP {
			return false
		}
	}
	return true
}

func program(name string) func() bool {
	return func() bool {
		_, err := exec.LookPath(name)
		return err == nil
	}
}

func file(path string) func() bool {
	return func() bool {
		_, err := os.Stat(path)
		return err == nil
	}
}
