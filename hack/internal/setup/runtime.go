// SPDX-License-Identifier: Apache-2.0

package setup

import (
	"context"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"

	"kubelet-ordering/hack/internal/gobuild"
)

// Runtime says which containerd and runc a node runs.
type Runtime string

const (
	// Pinned selects the versions that this package names, built from source, so that results can be compared.
	Pinned Runtime = "pinned"
	// Machine selects the machine's programs if they are recent enough, else the pinned ones.
	Machine Runtime = "machine"
)

// RuntimeVariable is the environment variable that selects the Runtime. The default is Pinned.
const RuntimeVariable = "TESTNODE_RUNTIME"

// RuntimeOf returns the Runtime for a value of RuntimeVariable.
func RuntimeOf(value string) (Runtime, error) {
	switch chosen := Runtime(value); chosen {
	case "", Pinned:
		return Pinned, nil
	case Machine:
		return Machine, nil
	}
	return "", fmt.Errorf("%s=%s: say %s or %s", RuntimeVariable, value, Pinned, Machine)
}

// Programs returns the paths of the container runtime's programs, by name. Programs of parts that are built from source are in the
// directory, or will be.
func (r Runtime) Programs(dir string) map[string]string {
	programs := map[string]string{}
	for _, part := range parts {
		found, own := r.onMachine(part)
		for _, pkg := range part.importPaths() {
			name := path.Base(pkg)
			programs[name] = filepath.Join(dir, name)
			if own {
				programs[name] = found[name]
			}
		}
	}
	return programs
}

// onMachine returns the paths of the part's programs on the machine's PATH. It returns false if they must not be used: one is missing
// or too old, or r is not Machine.
func (r Runtime) onMachine(p part) (programs map[string]string, enough bool) {
	if r != Machine {
		return nil, false
	}
	programs = map[string]string{}
	for _, pkg := range p.importPaths() {
		found, err := exec.LookPath(path.Base(pkg))
		if err != nil {
			return nil, false
		}
		programs[path.Base(pkg)] = found
	}
	printed, err := exec.Command(programs[p.name], "--version").Output()
	return programs, err == nil && p.enough(string(printed))
}

// missing returns the parts that must be built into the directory.
func (r Runtime) missing(dir string) []part {
	var missing []part
	for _, part := range parts {
		if _, own := r.onMachine(part); !own && !part.installed(dir) {
			missing = append(missing, part)
		}
	}
	return missing
}

// Describe returns a line for each part that says where its programs come from.
func (r Runtime) Describe() []string {
	var lines []string
	for _, part := range parts {
		line := part.name + " " + part.version + ", built from source"
		if found, own := r.onMachine(part); own {
			line = "the machine's " + found[part.name]
		} else if r == Machine {
			line += ": the machine has none that is good enough"
		}
		lines = append(lines, line)
	}
	return lines
}

func (s Setup) runtimeBuilds(ctx context.Context) ([]gobuild.Build, error) {
	var builds []gobuild.Build
	for _, part := range s.Runtime.missing(s.BinDir()) {
		build, err := part.build(ctx, s.Log, s.BinDir())
		if err != nil {
			return nil, err
		}
		builds = append(builds, build)
	}
	return builds, nil
}
