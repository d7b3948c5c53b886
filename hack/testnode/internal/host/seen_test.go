// SPDX-License-Identifier: Apache-2.0

package host

import (
	"os"
	"strings"
	"testing"
	"time"
)

// The README must have the same table as the doctor.
func TestSightsAreInTheREADME(t *testing.T) {
	readme, err := os.ReadFile("../../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if table := SightsTable(); !strings.Contains(string(readme), table) {
		t.Errorf("README.md lacks this table:\n%s", table)
	}
}

func TestSights(t *testing.T) {
	bare := Machine{Cgroups: Cgroups{Version: 1}, Missing: []string{"CAP_SYS_RESOURCE"}}
	for _, sight := range Sights {
		if sight.OnNode == "" && sight.OnMachine == "" {
			t.Errorf("%q was never seen", sight.What)
		}
		for _, date := range []string{sight.OnNode, sight.OnMachine} {
			if _, err := time.Parse(time.DateOnly, date); date != "" && err != nil {
				t.Errorf("%q: %v", sight.What, err)
			}
		}
	}
	tests := map[string]struct{ bare, modern bool }{
		"cgroup v1": {bare: true}, "cgroup v2": {modern: true}, "systemd as": {modern: true}, "user namespaces": {modern: true}, "seccomp": {modern: true},
		"AppArmor": {modern: true}, "OOM scores": {modern: true}, "a reboot": {modern: true},
		"a node shutdown, announced by a stand-in": {bare: true, modern: true},
	}
	for prefix, test := range tests {
		found := false
		for _, sight := range Sights {
			if !strings.HasPrefix(sight.What, prefix) {
				continue
			}
			found = true
			if sight.Here(bare) != test.bare || sight.Here(modern()) != test.modern {
				t.Errorf("%q can be shown on a bare machine: %v, on a modern one: %v", sight.What, sight.Here(bare), sight.Here(modern()))
			}
		}
		if !found {
			t.Errorf("nothing that was seen begins with %q", prefix)
		}
	}
	both := Sight{OnNode: "2026-01-01", OnMachine: "2026-01-02", Here: own}
	if got, want := both.SeenBy(bare), "2026-01-01 by hack/test-e2e.sh and 2026-01-02 by hack/vm.sh; a test node here cannot show it"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (Sight{Here: func(Machine) bool { return true }}).SeenBy(bare); got != "never" {
		t.Errorf("got %q", got)
	}
}
