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
		debian12      = "containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u1"
		newRunc       = "runc version 1.3.0\ncommit: v1.3.0-0-g4ca628d1\nspec: 1.2.1\ngo: go1.23.8\nlibseccomp: 2.5.6\n"
	)
	none := map[string]string{"containerd": "/own", "containerd-shim-runc-v2": "/own", "ctr": "/own", "runc": "/own"}
	containerd := map[string]string{"containerd": "/machine", "containerd-shim-runc-v2": "/machine", "ctr": "/machine", "runc": "/own"}
	all := map[string]string{"containerd": "/machine", "containerd-shim-runc-v2": "/machine", "ctr": "/machine", "runc": "/machine"}
	tests := map[string]struct {
		choice Runtime
		// printed is what the programs of the machine print, by name; no other is there.
		printed map[string]string
		want    map[string]string
	}{
		"nothing is there":     {Machine, nil, none},
		"both are good enough": {Machine, map[string]string{"containerd": newContainerd, "containerd-shim-runc-v2": "", "ctr": "", "runc": newRunc}, all},
		"as Debian 13 and Ubuntu write versions": {Machine, map[string]string{
			"containerd": "containerd github.com/containerd/containerd/v2 2.1.3-0ubuntu3 ", "containerd-shim-runc-v2": "", "ctr": "",
			"runc": "runc version 1.3.3+ds1\nspec: 1.2.1\nlibseccomp: 2.6.0\n"}, all},
		"the tests use the pinned ones": {Pinned, map[string]string{"containerd": newContainerd, "containerd-shim-runc-v2": "", "ctr": "", "runc": newRunc}, none},
		"containerd 1":                  {Machine, map[string]string{"containerd": debian12, "containerd-shim-runc-v2": "", "ctr": ""}, none},
		"no shim":                       {Machine, map[string]string{"containerd": newContainerd, "ctr": ""}, none},
		"an old runc": {Machine, map[string]string{"containerd": newContainerd, "containerd-shim-runc-v2": "", "ctr": "",
			"runc": "runc version 1.1.15\nspec: 1.0.2\nlibseccomp: 2.5.4\n"}, containerd},
		"a runc without seccomp": {Machine, map[string]string{"containerd": newContainerd, "containerd-shim-runc-v2": "", "ctr": "",
			"runc": "runc version 1.3.0\nspec: 1.2.1\n"}, containerd},
		"no version at all": {Machine, map[string]string{"containerd": "", "containerd-shim-runc-v2": "", "ctr": "", "runc": "v2 of something"}, none},
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
			want := map[string]string{}
			for program, dir := range test.want {
				want[program] = filepath.Join(map[string]string{"/own": "/own", "/machine": machine}[dir], program)
			}
			if diff := cmp.Diff(want, test.choice.Programs("/own")); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			built := map[string]bool{}
			for _, part := range test.choice.missing(t.TempDir()) {
				built[part.name] = true
			}
			if want := map[string]bool{"containerd": test.want["containerd"] == "/own", "runc": test.want["runc"] == "/own"}; built["containerd"] != want["containerd"] || built["runc"] != want["runc"] {
				t.Errorf("builds %v, want %v", built, want)
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
		t.Error("a value that nobody knows is accepted")
	}
}
