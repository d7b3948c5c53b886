// SPDX-License-Identifier: Apache-2.0

// Package fit decides whether a kubelet can take the place of a node's own: by version, architecture, C library and cgroups.
package fit

import (
	"debug/elf"
	"fmt"
	"strconv"
	"strings"
)

// Kubelet is a kubelet of this project.
type Kubelet struct {
	// Version is such as v1.37.1+ordering.0123abcd, and empty if it is not known.
	Version string
	// Architecture is Go's name, such as amd64.
	Architecture string
	// Glibc is the oldest GNU C library that has all that the kubelet uses, such as 2.34. It is empty for a static program.
	Glibc string
}

// Node is a node, or an image of one.
type Node struct {
	// Version is the version of its own kubelet.
	Version string
	// Architecture is Go's name or the kernel's.
	Architecture string
	// Libc is such as "glibc 2.36".
	Libc string
	// Cgroup is 1 or 2, Systemd the major version of systemd, 0 if not known.
	Cgroup, Systemd int
	// Fails says why our kubelet did not run there, empty if it did or was not tried.
	Fails string
	// Other tells where to find a node that fits the version, for a remedy: "a base image kindest/node:%s".
	Other string
}

var architectures = map[elf.Machine]string{
	elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64", elf.EM_S390: "s390x", elf.EM_PPC64: "ppc64le", elf.EM_RISCV: "riscv64",
}

// kernelNames are the architectures whose names in the kernel and in Go differ.
var kernelNames = map[string]string{"x86_64": "amd64", "aarch64": "arm64"}

// Read reads what a kubelet needs from its file.
func Read(path string) (Kubelet, error) {
	file, err := elf.Open(path)
	if err != nil {
		return Kubelet{}, fmt.Errorf("read the kubelet %q (hack/build.sh kubelet builds one, on Linux): %w", path, err)
	}
	defer file.Close()
	k := Kubelet{Architecture: architectures[file.Machine]}
	if k.Architecture == "" {
		k.Architecture = file.Machine.String()
	}
	libraries, err := file.ImportedLibraries()
	if err != nil || len(libraries) == 0 {
		return k, err
	}
	needs, err := file.DynamicVersionNeeds()
	if err != nil {
		return k, fmt.Errorf("read which C library the kubelet %q needs: %w", path, err)
	}
	for _, library := range needs {
		for _, need := range library.Needs {
			if version, ok := strings.CutPrefix(need.Dep, "GLIBC_"); ok && older(k.Glibc, version) {
				k.Glibc = version
			}
		}
	}
	return k, nil
}

// Check returns what does not fit, each with what would, and what a user should know although it fits.
func Check(k Kubelet, n Node) (misfits, notes []string) {
	architecture := n.Architecture
	if name, ok := kernelNames[architecture]; ok {
		architecture = name
	}
	if architecture != k.Architecture {
		// Nothing else was tried.
		return []string{fmt.Sprintf("architecture: the kubelet is for %s, the node for %s: build it on a machine with %s",
			k.Architecture, architecture, architecture)}, nil
	}
	explained := false
	switch libc, isGlibc := strings.CutPrefix(n.Libc, "glibc "); {
	case k.Glibc == "":
	case !isGlibc:
		explained = true
		misfits = append(misfits, fmt.Sprintf("C library: the kubelet needs glibc %s, the node has none: take a node with glibc", k.Glibc))
	case older(libc, k.Glibc):
		explained = true
		misfits = append(misfits, fmt.Sprintf(
			"C library: the kubelet needs glibc %s, the node has %s: build it on a distribution with glibc %s or older", k.Glibc, libc, libc))
	}
	if n.Fails != "" && !explained {
		misfits = append(misfits, "the kubelet does not run on the node: "+n.Fails)
	}
	misfit, note := versions(k, n)
	misfits, notes = append(misfits, misfit...), append(notes, note...)
	return misfits, append(notes, cgroups(n)...)
}

func versions(k Kubelet, n Node) (misfits, notes []string) {
	if k.Version == "" || n.Version == "" {
		return nil, nil
	}
	ours, theirs := base(k.Version), base(n.Version)
	switch {
	case minor(ours) != minor(theirs):
		misfits = append(misfits, fmt.Sprintf("version: the kubelet is %s, the node's own %s, of another minor version: take %s",
			ours, theirs, fmt.Sprintf(n.Other, minor(ours)+".x")))
	case ours != theirs:
		notes = append(notes, fmt.Sprintf("version: the kubelet is %s, the node's own %s: the same minor version fits; %s would be the same patch",
			ours, theirs, fmt.Sprintf(n.Other, ours)))
	}
	return misfits, notes
}

func cgroups(n Node) (notes []string) {
	if n.Cgroup != 1 {
		return nil
	}
	notes = append(notes, "cgroup: this machine has version 1, on which a v1.37 kubelet, stock or ours, starts only with "+
		"failCgroupV1: false in its configuration")
	switch {
	case n.Systemd >= 258:
		notes = append(notes, fmt.Sprintf("cgroup: the node's systemd %d does not run on version 1: take a machine with version 2", n.Systemd))
	case n.Systemd >= 256:
		notes = append(notes, fmt.Sprintf("cgroup: the node's systemd %d runs on version 1 only with SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1: "+
			"take a machine with version 2, or a base with systemd 255 or older", n.Systemd))
	}
	return notes
}

// base cuts off what follows the patch version: v1.37.1+ordering.0123 is v1.37.1.
func base(version string) string {
	version, _, _ = strings.Cut(version, "+")
	version, _, _ = strings.Cut(version, "-")
	return version
}

func minor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

// older reports whether version a, such as 2.9, comes before b, such as 2.34.
func older(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		if x, y := number(as, i), number(bs, i); x != y {
			return x < y
		}
	}
	return false
}

func number(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	n, err := strconv.Atoi(parts[i])
	if err != nil {
		return 0
	}
	return n
}
