// SPDX-License-Identifier: Apache-2.0

package setup

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// requirement is something that a Debian package brings.
type requirement struct {
	pkg     string
	present func() bool
}

var requirements = []requirement{
	{"iproute2", program("ip")},
	{"util-linux", program("nsenter")},
	{"gcc", program("gcc")},
	{"libc6-dev", file("/usr/include/stdlib.h")},
	{"pkg-config", program("pkg-config")},
	{"libseccomp-dev", file("/usr/include/seccomp.h")},
	{"busybox-static", staticBusybox},
	{"dbus-daemon", program("dbus-daemon")},
	{"containernetworking-plugins", func() bool { return CNIBinDir() != "" }},
}

// MissingPackages are the Debian packages without which a test node cannot be set up here.
func MissingPackages() []string {
	var missing []string
	for _, requirement := range requirements {
		if !requirement.present() {
			missing = append(missing, requirement.pkg)
		}
	}
	return missing
}

func (s Setup) packages() error {
	missing := MissingPackages()
	if len(missing) == 0 {
		return nil
	}
	names := strings.Join(missing, " ")
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("there is no apt-get here: install what the Debian packages %s bring: %w", names, err)
	}
	noninteractive := []string{"DEBIAN_FRONTEND=noninteractive"}
	if err := s.run("updating the package lists", "/", noninteractive, "apt-get", "update", "-q"); err != nil {
		return err
	}
	install := append([]string{"apt-get", "install", "-y", "-q", "--no-install-recommends"}, missing...)
	return s.run("installing "+names, "/", noninteractive, install...)
}

// CNIBinDir is where the CNI plugins are, or empty.
func CNIBinDir() string {
	for _, dir := range []string{"/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"} {
		if file(dir+"/bridge")() && file(dir+"/host-local")() && file(dir+"/loopback")() {
			return dir
		}
	}
	return ""
}

const busybox = "/bin/busybox"

// staticBusybox tells it from the usual one, which needs libraries that the image will not have.
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
