// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// nodeSysctls are the settings that a kubelet in a privileged container changes for the whole machine.
var nodeSysctls = []string{
	"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes",
}

// mountPoints are directories that the lab makes on the machine if they are missing, to mount something there.
var mountPoints = []string{"/lib/modules"}

// machineState is what a lab changes outside of its namespaces and its directory.
type machineState struct {
	// sysctls maps paths below root to their contents.
	sysctls map[string][]byte
	// absent are directories that were not there.
	absent []string
	root   string
}

// remember returns the state of the machine before a lab.
func remember() machineState { return rememberBelow("/") }

func rememberBelow(root string) machineState {
	state := machineState{sysctls: map[string][]byte{}, root: root}
	for _, name := range nodeSysctls {
		if content, err := os.ReadFile(filepath.Join(root, "proc/sys", name)); err == nil {
			state.sysctls[name] = content
		}
	}
	for _, dir := range mountPoints {
		if _, err := os.Stat(filepath.Join(root, dir)); errors.Is(err, os.ErrNotExist) {
			state.absent = append(state.absent, dir)
		}
	}
	return state
}

// restore brings the machine back into the state. It keeps directories into which somebody has put something.
func (s machineState) restore() error {
	var failures []error
	for name, before := range s.sysctls {
		path := filepath.Join(s.root, "proc/sys", name)
		if now, err := os.ReadFile(path); err != nil || bytes.Equal(now, before) {
			continue
		}
		if err := os.WriteFile(path, before, 0o644); err != nil {
			failures = append(failures, fmt.Errorf("restore the machine's setting %s: %w", name, err))
		}
	}
	for _, dir := range s.absent {
		_ = os.Remove(filepath.Join(s.root, dir))
	}
	return errors.Join(failures...)
}
