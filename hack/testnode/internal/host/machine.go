// SPDX-License-Identifier: Apache-2.0

package host

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Machine holds the properties of a machine that matter to a test node.
type Machine struct {
	Kernel     string
	Init       string
	Cgroups    Cgroups
	Missing    []string
	Processors int
	// KernelLog reports whether /dev/kmsg can be read. The kubelet requires that.
	KernelLog bool
	AppArmor  bool
	// Seccomp reports whether the kernel filters system calls.
	Seccomp bool
	// ClockSpeed reports whether the kernel tells how fast a processor is. The kubelet insists on that.
	ClockSpeed bool
	// UserNamespaces reports whether the kernel allows any. Pods also need ID-mapped mounts, which the container runtime tries.
	UserNamespaces bool
	Swap           bool
	// Disposable is set for a machine that was made to be changed, which Examine cannot know.
	Disposable bool
}

// Examine returns the properties of this machine.
func Examine() (Machine, error) {
	machine := Machine{
		Kernel:         line("/proc/sys/kernel/osrelease"),
		Init:           line("/proc/1/comm"),
		Processors:     runtime.NumCPU(),
		AppArmor:       line("/sys/module/apparmor/parameters/enabled") == "Y",
		UserNamespaces: !slices.Contains([]string{"", "0"}, line("/proc/sys/user/max_user_namespaces")),
		Seccomp:        strings.Contains(text("/proc/self/status"), "\nSeccomp_filters:"),
		ClockSpeed:     clockSpeed(text("/proc/cpuinfo"), runtime.GOARCH) || line("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq") != "",
		Swap:           strings.Count(text("/proc/swaps"), "\n") > 1,
	}
	if log, err := os.Open("/dev/kmsg"); err == nil {
		machine.KernelLog = true
		log.Close()
	}
	var err error
	if machine.Missing, err = MissingCapabilities(); err != nil {
		return Machine{}, err
	}
	machine.Cgroups, err = DetectCgroups()
	return machine, err
}

// lacks reports whether root lacks the capability.
func (m Machine) lacks(capability string) bool { return slices.Contains(m.Missing, capability) }

// clockSpeed reports whether the kubelet finds the speed of a processor, for which it looks on these architectures only.
func clockSpeed(cpuinfo, architecture string) bool {
	return strings.Contains(cpuinfo, "cpu MHz") || architecture != "amd64" && architecture != "386"
}

// HierarchyNames returns short names of the mounted hierarchies.
func (m Machine) HierarchyNames() []string {
	var names []string
	for _, hierarchy := range m.Cgroups.Hierarchies {
		names = append(names, filepath.Base(hierarchy.Mountpoint))
	}
	return names
}

func text(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(content)
}

func line(path string) string { return strings.TrimSpace(text(path)) }

// ProcessName returns the short name of a running process, or an empty string.
func ProcessName(pid int) string { return line(fmt.Sprintf("/proc/%d/comm", pid)) }
