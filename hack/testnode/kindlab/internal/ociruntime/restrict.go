// SPDX-License-Identifier: Apache-2.0

// Package ociruntime stands between a container engine and runc on a machine whose root lacks CAP_SYS_RESOURCE. The engine asks for
// all capabilities in a privileged container, and for OOM scores and limits that only that capability allows; runc would fail.
package ociruntime

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// withheld is the capability that the machine does not give.
const withheld = "CAP_SYS_RESOURCE"

// Restrict returns a container's configuration (config.json), or the description of a process to run in one, without what this
// machine cannot give. floor is the lowest OOM score adjustment that a process of the machine may set.
func Restrict(content []byte, floor int) ([]byte, error) {
	var object map[string]any
	if err := json.Unmarshal(content, &object); err != nil {
		return nil, fmt.Errorf("decode the container's configuration: %w", err)
	}
	process := object
	if own, ok := object["process"].(map[string]any); ok {
		process = own
	}
	if sets, ok := process["capabilities"].(map[string]any); ok {
		for name, set := range sets {
			if names, ok := set.([]any); ok {
				sets[name] = slices.DeleteFunc(names, func(name any) bool { return name == withheld })
			}
		}
	}
	if score, ok := process["oomScoreAdj"].(float64); ok && score < float64(floor) {
		process["oomScoreAdj"] = floor
	}
	delete(process, "rlimits")
	return json.Marshal(object)
}

// restrictFile applies Restrict to a file.
func restrictFile(path string, floor int) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read what the engine asks for: %w", err)
	}
	if content, err = Restrict(content, floor); err != nil {
		return fmt.Errorf("restrict %s: %w", path, err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return fmt.Errorf("write what runc is to do: %w", err)
	}
	return nil
}
