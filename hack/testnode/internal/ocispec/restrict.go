// SPDX-License-Identifier: Apache-2.0

// Package ocispec makes OCI runtime documents fit for a machine that does not let root raise resource limits.
package ocispec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
)

// Limits says what the calling process may hand to a container.
type Limits struct {
	// MissingCapabilities are names such as CAP_SYS_RESOURCE that the caller lacks, so no container can get them.
	MissingCapabilities []string
	// OOMScoreAdj is the caller's own value: without CAP_SYS_RESOURCE no process can go below it.
	OOMScoreAdj int
}

// RestrictFile edits the document on disk, so that its process asks for no missing capability, for no lower OOM score than the
// caller's, and for no rlimits. Fields that are not there stay absent, and all others stay as they are. The file keeps its mode
// and its inode, because whoever wrote it may hold it open.
func RestrictFile(document Document, limits Limits) error {
	content, err := os.ReadFile(document.Path)
	if err != nil {
		return fmt.Errorf("read the OCI document %q: %w", document.Path, err)
	}
	var decoded map[string]any
	decoder := json.NewDecoder(bytes.NewReader(content))
	// Memory limits are bigger than what a float64 holds without loss.
	decoder.UseNumber()
	if err := decoder.Decode(&decoded); err != nil {
		return fmt.Errorf("decode the OCI document %q: %w", document.Path, err)
	}
	process := decoded
	if !document.Process {
		process, _ = decoded["process"].(map[string]any)
	}
	restrict(process, limits)
	if content, err = json.Marshal(decoded); err != nil {
		return fmt.Errorf("encode the OCI document %q: %w", document.Path, err)
	}
	if err := os.WriteFile(document.Path, content, 0o600); err != nil {
		return fmt.Errorf("write the OCI document %q: %w", document.Path, err)
	}
	return nil
}

func restrict(process map[string]any, limits Limits) {
	sets, _ := process["capabilities"].(map[string]any)
	for name, set := range sets {
		if list, ok := set.([]any); ok {
			sets[name] = slices.DeleteFunc(list, limits.missing)
		}
	}
	if number, ok := process["oomScoreAdj"].(json.Number); ok {
		if score, err := number.Int64(); err == nil && score < int64(limits.OOMScoreAdj) {
			process["oomScoreAdj"] = limits.OOMScoreAdj
		}
	}
	delete(process, "rlimits")
}

func (l Limits) missing(capability any) bool {
	name, ok := capability.(string)
	return ok && slices.Contains(l.MissingCapabilities, name)
}
