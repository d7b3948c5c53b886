// SPDX-License-Identifier: Apache-2.0

// Package machine describes a Debian machine as its administrator prepares it for kubeadm: systemd, OpenSSH, sudo, and containerd as
// a service. Kubernetes comes from Debian packages that are laid out as upstream's are.
package machine

import (
	"path/filepath"
	"slices"

	"kubelet-ordering/hack/internal/image"
	"kubelet-ordering/hack/testnode/kindlab/internal/nodeimage"
)

// Repository is where the machine finds the packages of Kubernetes.
const Repository = "/srv/packages"

// Packages are the Debian packages of the machine.
var Packages = slices.Concat(nodeimage.Packages, []string{"openssh-server", "sudo", "curl"})

// Files returns the files of the machine that are neither programs nor Debian's.
func Files() []image.File {
	return append(nodeimage.SystemFiles(),
		image.Text("etc/apt/sources.list", "deb [trusted=yes] file:"+Repository+" ./\n"),
		image.Dir("srv", 0o755), image.Dir("srv/packages", 0o755),
	)
}

// Programs maps paths in the machine to programs on this one: the container runtime, and what prepares a container for systemd.
func Programs(runtime, modules string) map[string]string {
	programs := map[string]string{
		"usr/local/bin/nodeinit": filepath.Join(modules, "nodeinit"),
		"usr/local/sbin/runc":    filepath.Join(runtime, "runc"),
	}
	for _, name := range []string{"containerd", "containerd-shim-runc-v2", "ctr"} {
		programs["usr/local/bin/"+name] = filepath.Join(runtime, name)
	}
	return programs
}
