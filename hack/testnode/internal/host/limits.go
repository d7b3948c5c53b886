// SPDX-License-Identifier: Apache-2.0

package host

import "fmt"

// Limit is a group of upstream's node tests that cannot run on a machine, with the reason.
type Limit struct {
	What, Why string
}

// Limits returns what cannot be tested on the machine, or on any test node.
func Limits(machine Machine) []Limit {
	limits := []Limit{
		{"specs that pull images, also those that want nginx, httpd, perl and the like",
			"the node has no network to the outside and no registry"},
		{"specs that use hostPort", "the node's network has no portmap plugin"},
	}
	if !machine.Disposable {
		limits = append(limits, Limit{"upstream's specs that stop containerd, and the real systemd-logind at a node shutdown",
			"they speak to systemd over D-Bus, and the node's process 1 is not systemd: hack/vm.sh has a node whose process 1 is"})
	}
	if machine.Cgroups.Version == 1 {
		limits = append(limits, Limit{"specs that ask for cgroup v2 (they skip themselves)",
			"the machine's controllers are on cgroup v1: hack/vm.sh has a node on v2"})
	}
	for _, capability := range machine.Missing {
		what := "containers that add " + capability
		if capability == "CAP_SYS_RESOURCE" {
			what += ", and specs that look at an oom_score_adj below that of the caller"
		}
		limits = append(limits, Limit{what, "root lacks that capability here"})
	}
	if !machine.UserNamespaces {
		limits = append(limits, Limit{"user namespaces (hostUsers: false; specs skip themselves)", "the kernel has none or allows none"})
	}
	if !machine.Seccomp {
		limits = append(limits, Limit{"seccomp profiles", "the kernel has no filters of system calls"})
	}
	if !machine.AppArmor {
		limits = append(limits, Limit{"specs of AppArmor", "the kernel has it off"})
	}
	if !machine.Swap {
		limits = append(limits, Limit{"specs of swap", "the machine has none"})
	}
	if machine.Processors < 4 {
		why := fmt.Sprintf("the machine has %d processors", machine.Processors)
		limits = append(limits, Limit{"most specs of the CPU, memory and topology managers", why})
	}
	return limits
}

// Blockers returns the reasons why no test node can be brought up on the machine.
func Blockers(machine Machine) []string {
	var blockers []string
	for _, capability := range machine.Missing {
		switch capability {
		case "CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_MKNOD", "CAP_SYS_CHROOT", "CAP_SETUID", "CAP_SETGID":
			blockers = append(blockers, capability+" is missing: run as root outside of a confined container")
		}
	}
	if !machine.KernelLog {
		blockers = append(blockers, "/dev/kmsg cannot be read, which the kubelet's OOM watcher insists on: make it (mknod /dev/kmsg c 1 11)")
	}
	if !machine.ClockSpeed {
		blockers = append(blockers, "/proc/cpuinfo tells no speed of a processor (cpu MHz), which the kubelet insists on")
	}
	return blockers
}
