// SPDX-License-Identifier: Apache-2.0

package ocispec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// RestrictFile edits the document on disk. The file keeps its mode and its inode, because whoever wrote it may hold it open.
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
	if document.Process {
		RestrictProcess(decoded, limits)
	} else {
		RestrictConfig(decoded, limits)
	}
	content, err = json.Marshal(decoded)
	if err != nil {
		return fmt.Errorf("encode the OCI document %q: %w", document.Path, err)
	}
	if err := os.WriteFile(document.Path, content, 0o600); err != nil {
		return fmt.Errorf("write the OCI document %q: %w", document.Path, err)
	}
	return nil
}
