// SPDX-License-Identifier: Apache-2.0

package host

// Sight says that something of a machine was seen to work with ordered pods, by which command and when. The README has the same table.
type Sight struct {
	What, Command, Date string
	// Here reports whether the machine itself has it, so that its own test node can show it. Nil means that no test node can: it takes
	// a machine of the command's own.
	Here func(Machine) bool
}

const (
	onNode    = "hack/test-e2e.sh"
	onMachine = "hack/vm.sh"
	rebooted  = "hack/vm.sh reboot"
)

// Sights are what was seen. Change a date only after the command has shown it again.
var Sights = []Sight{
	{"cgroup v1: memory limits, classes of pods, resizes, evictions", onNode, "2026-11-26", func(m Machine) bool { return m.Cgroups.Version == 1 }},
	{"cgroup v2: memory limits, classes of pods, resizes, evictions", onMachine, "2026-11-26", func(m Machine) bool { return m.Cgroups.Version == 2 }},
	{"systemd as process 1 and as cgroup driver", onMachine, "2026-11-26", nil},
	{"user namespaces, cgroup v1", onNode, "2026-11-26", func(m Machine) bool { return m.Cgroups.Version == 1 && m.UserNamespaces }},
	{"user namespaces, cgroup v2", onMachine, "2026-11-26", func(m Machine) bool { return m.Cgroups.Version == 2 && m.UserNamespaces }},
	{"seccomp", onNode, "2026-11-26", func(m Machine) bool { return m.Seccomp }},
	{"AppArmor", onMachine, "2026-11-26", func(m Machine) bool { return m.AppArmor }},
}
