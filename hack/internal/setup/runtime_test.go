// SPDX-License-Identifier: Apache-2.0

package setup

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPrograms(t *testing.T) {
	const (
		newContainerd = "containerd github.com/containerd/containerd/v2 v2.1.4 75cb2b7193e4e490e9fbdc236c0e811ccaba3376"
		oldRunc       = "runc version 1.1.15\nspec: 1.0.2\nlibseccomp: 2.5.4\n"
		ubuntu        = "containerd github.com/containerd/containerd/v2 2.1.3-0ubuntu3 "
		debian12      = "containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u1"
		newRunc       = "runc version 1.3.0\ncommit: v1.3.0-0-g4ca628d1\nspec: 1.2.1\ngo: go1.23.8\nlibseccomp: 2.5.6\n"
	)
	// all returns the output of --version of all programs of a machine.
	all := func(containerd, runc string) map[string]string {
		return map[string]string{"containerd": containerd, "containerd-shim-runc-v2": "", "ctr": "", "runc": runc}
	}
	noShim := map[string]string{"containerd": newContainerd, "ctr": "", "runc": newRunc}
	tests := map[string]struct {
		choice Runtime
		// printed has the output of the machine's programs by name. The machine has no others.
		printed map[string]string
		// containerd and runc say whether the machine's are used.
		containerd, runc bool
	}{
		"nothing is there":                       {Machine, nil, false, false},
		"both are good enough":                   {Machine, all(newContainerd, newRunc), true, true},
		"as Debian 13 and Ubuntu write versions": {Machine, all(ubuntu, "runc version 1.3.3+ds1\nspec: 1.2.1\nlibseccomp: 2.6.0\n"), true, true},
		"the tests use the pinned ones":          {Pinned, all(newContainerd, newRunc), false, false},
		"containerd 1":                           {Machine, all(debian12, newRunc), false, true},
		"no shim":                                {Machine, noShim, false, true},
		"an old runc":                            {Machine, all(newContainerd, oldRunc), true, false},
		"a runc without seccomp":                 {Machine, all(newContainerd, "runc version 1.3.0\nspec: 1.2.1\n"), true, false},
		"no version at all":                      {Machine, all("", "v2 of something"), false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			machine := t.TempDir()
			for program, printed := range test.printed {
				script := fmt.Sprintf("#!/bin/sh\n/bin/cat <<'END'\n%s\nEND\n", printed)
				if err := os.WriteFile(filepath.Join(machine, program), []byte(script), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("PATH", machine)
			own := map[bool]string{true: machine, false: "/own"}
			want := map[string]string{"runc": filepath.Join(own[test.runc], "runc")}
			for _, program := range []string{"containerd", "containerd-shim-runc-v2", "ctr"} {
				want[program] = filepath.Join(own[test.containerd], program)
			}
			if diff := cmp.Diff(want, test.choice.Programs("/own")); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			built := map[string]bool{}
			for _, part := range test.choice.missing(t.TempDir()) {
				built[part.name] = true
			}
			if built["containerd"] == test.containerd || built["runc"] == test.runc {
				t.Errorf("builds %v: want only the parts that are not the machine's", built)
			}
		})
	}
}

func TestRuntimeOf(t *testing.T) {
	for value, want := range map[string]Runtime{"": Pinned, "pinned": Pinned, "machine": Machine} {
		if got, err := RuntimeOf(value); got != want || err != nil {
			t.Errorf("%q: got %v, %v", value, got, err)
		}
	}
	if _, err := RuntimeOf("docker"); err == nil {
		t.Error("want an error for an unknown value")
	}
}
