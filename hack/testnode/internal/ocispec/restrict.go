// SPDX-License-Identifier: Apache-2.0

// Package ocispec makes OCI runtime documents fit for a machine that does not let root raise resource limits.
package ocispec

import "encoding/json"

// Limits says what the calling process may hand to a container.
type Limits struct {
	// MissingCapabilities are names such as CAP_SYS_RESOURCE that the caller lacks, so no container can get them.
	MissingCapabilities []string
	// OOMScoreAdj is the caller's own value: without CAP_SYS_RESOURCE no process can go below it.
	OOMScoreAdj int
}

// RestrictProcess edits the document of one process (process.json of an exec, or the "process" of config.json), decoded with
// its numbers as json.Number, in place: it
// then asks for no missing capability, for no lower OOM score than the caller's, and for no rlimits. Fields that are not
// there stay absent, and all other fields stay as they are.
func RestrictProcess(process map[string]any, limits Limits) {
	if sets, ok := process["capabilities"].(map[string]any); ok {
		for name, set := range sets {
			if list, ok := set.([]any); ok {
				sets[name] = without(list, limits.MissingCapabilities)
			}
		}
	}
	if number, ok := process["oomScoreAdj"].(json.Number); ok {
		if score, err := number.Int64(); err == nil && score < int64(limits.OOMScoreAdj) {
			process["oomScoreAdj"] = limits.OOMScoreAdj
		}
	}
	delete(process, "rlimits")
}

// RestrictConfig does to a config.json what RestrictProcess does to its process.
func RestrictConfig(config map[string]any, limits Limits) {
	if process, ok := config["process"].(map[string]any); ok {
		RestrictProcess(process, limits)
	}
}

func without(list []any, unwanted []string) []any {
	kept := make([]any, 0, len(list))
	for _, item := range list {
		if !contains(unwanted, item) {
			kept = append(kept, item)
		}
	}
	return kept
}

func contains(list []string, item any) bool {
	for _, candidate := range list {
		if item == candidate {
			return true
		}
	}
	return false
}
