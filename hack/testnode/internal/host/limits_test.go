// SPDX-License-Identifier: Apache-2.0

package host

import (
	"fmt"
	"strings"
	"testing"
)

// modern is a machine that has all that a node can use.
func modern() Machine {
	return Machine{
		Cgroups: Cgroups{Version: 2}, Processors: 8, KernelLog: true, ClockSpeed: true, AppArmor: true, Seccomp: true, UserNamespaces: true,
		Swap: true, Disposable: true,
	}
}

// What a machine lacks must be named, and nothing else.
func TestLimitsAndBlockers(t *testing.T) {
	tests := map[string]struct {
		change         func(*Machine)
		limit, blocker string
	}{
		"nothing":            {change: func(*Machine) {}},
		"not to be changed":  {change: func(m *Machine) { m.Disposable = false }, limit: "systemd-logind"},
		"cgroup v1":          {change: func(m *Machine) { m.Cgroups.Version = 1 }, limit: "cgroup v2"},
		"no user namespaces": {change: func(m *Machine) { m.UserNamespaces = false }, limit: "hostUsers"},
		"no seccomp":         {change: func(m *Machine) { m.Seccomp = false }, limit: "seccomp"},
		"no AppArmor":        {change: func(m *Machine) { m.AppArmor = false }, limit: "AppArmor"},
		"no swap":            {change: func(m *Machine) { m.Swap = false }, limit: "swap"},
		"few processors":     {change: func(m *Machine) { m.Processors = 1 }, limit: "CPU"},
		"one capability less": {
			change: func(m *Machine) { m.Missing = []string{"CAP_SYS_RESOURCE"} }, limit: "oom_score_adj"},
		"no right to make namespaces": {
			change: func(m *Machine) { m.Missing = []string{"CAP_SYS_ADMIN"} }, limit: "CAP_SYS_ADMIN", blocker: "CAP_SYS_ADMIN"},
		"no kernel log":  {change: func(m *Machine) { m.KernelLog = false }, blocker: "/dev/kmsg"},
		"no clock speed": {change: func(m *Machine) { m.ClockSpeed = false }, blocker: "cpu MHz"},
	}
	always := len(Limits(modern()))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			machine := modern()
			test.change(&machine)
			limits, blockers := Limits(machine), Blockers(machine)
			if want := test.limit != ""; len(limits) > always != want || !strings.Contains(fmt.Sprint(limits[len(limits)-1]), test.limit) {
				t.Errorf("got the limits %v, want one of %q", limits[always:], test.limit)
			}
			if want := test.blocker != ""; len(blockers) > 0 != want || !strings.Contains(strings.Join(blockers, ""), test.blocker) {
				t.Errorf("got the blockers %q, want %q", blockers, test.blocker)
			}
		})
	}
}

func TestClockSpeed(t *testing.T) {
	const userMode = "processor\t: 0\nvendor_id\t: User Mode Linux\nbogomips\t: 7998.66\n"
	for _, test := range []struct {
		cpuinfo, architecture string
		want                  bool
	}{
		{userMode, "amd64", false}, {userMode + "cpu MHz\t\t: 2445.404\n", "amd64", true}, {"processor\t: 0\n", "arm64", true},
	} {
		if got := clockSpeed(test.cpuinfo, test.architecture); got != test.want {
			t.Errorf("%s, %q: got %v", test.architecture, test.cpuinfo, got)
		}
	}
}
