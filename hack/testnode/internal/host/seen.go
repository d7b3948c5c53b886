// SPDX-License-Identifier: Apache-2.0

package host

import (
	"cmp"
	"fmt"
	"strings"
)

// Sight is something that pods with an order were seen to get along with.
type Sight struct {
	What string
	// OnNode and OnMachine are when it was last seen on a test node of such a machine as this one (hack/test-e2e.sh), and on a machine
	// of its own (hack/vm.sh); empty if never. Change a date only after the command has shown it again.
	OnNode, OnMachine string
	// Here reports whether a test node on the machine can show it.
	Here func(Machine) bool
}

// Sights are what was seen.
var Sights = []Sight{
	{"cgroup v1: memory limits, OOM kills, the pods' classes", "2026-11-26", "", func(m Machine) bool { return m.Cgroups.Version == 1 }},
	{"cgroup v2: the same, and `memory.oom.group`", "", "2026-11-27", func(m Machine) bool { return m.Cgroups.Version == 2 }},
	{"resizes in place, cgroup v1", "2026-11-26", "", func(m Machine) bool { return m.Cgroups.Version == 1 }},
	{"resizes in place, cgroup v2", "", "2026-11-27", func(m Machine) bool { return m.Cgroups.Version == 2 }},
	{"systemd as process 1 and as cgroup driver", "", "2026-11-27", own},
	{"user namespaces", "2026-11-26", "2026-11-27", func(m Machine) bool { return m.UserNamespaces }},
	{"seccomp", "2026-11-26", "2026-11-26", func(m Machine) bool { return m.Seccomp }},
	{"AppArmor", "", "2026-11-26", func(m Machine) bool { return m.AppArmor }},
	{"OOM scores that only `CAP_SYS_RESOURCE` gives", "", "2026-11-27", func(m Machine) bool { return !m.lacks("CAP_SYS_RESOURCE") }},
	{"a node shutdown, announced by a stand-in for systemd-logind", "2026-11-26", "", func(Machine) bool { return true }},
	{"a node shutdown, announced by systemd-logind", "", "2026-11-27", own},
	{"a reboot and a crash of the machine", "", "2026-11-27", own},
}

// own is for what changes or reboots the machine.
func own(m Machine) bool { return m.Disposable }

// SightsTable returns what was seen as a table in Markdown.
func SightsTable() string {
	var text strings.Builder
	text.WriteString("| seen | `hack/test-e2e.sh` | `hack/vm.sh` |\n|---|---|---|\n")
	for _, sight := range Sights {
		fmt.Fprintf(&text, "| %s | %s | %s |\n", sight.What, cmp.Or(sight.OnNode, "no"), cmp.Or(sight.OnMachine, "no"))
	}
	return text.String()
}

// SeenBy says by which commands it was seen and when, and whether the machine can show it.
func (s Sight) SeenBy(machine Machine) string {
	var by []string
	if s.OnNode != "" {
		by = append(by, s.OnNode+" by hack/test-e2e.sh")
	}
	if s.OnMachine != "" {
		by = append(by, s.OnMachine+" by hack/vm.sh")
	}
	if len(by) == 0 {
		by = append(by, "never")
	}
	text := strings.Join(by, " and ")
	if !s.Here(machine) {
		text += "; a test node here cannot show it"
	}
	return text
}
