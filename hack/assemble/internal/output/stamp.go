// SPDX-License-Identifier: Apache-2.0

package output

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// StampName is the file in an assembled tree that records the tree's inputs.
const StampName = ".assembled.json"

// A Stamp identifies the inputs of an assembled tree by their hashes.
type Stamp struct {
	// Tool is the hash of the program, Modules of upstream's files, Own of the project's files, Lock of the lock file.
	Tool    string
	Modules string
	Own     string
	Lock    string
}

// readStamp returns the zero stamp for a directory that this program did not make.
func readStamp(dir string) Stamp {
	data, err := os.ReadFile(filepath.Join(dir, StampName))
	if err != nil {
		return Stamp{}
	}
	var s Stamp
	if json.Unmarshal(data, &s) != nil {
		return Stamp{}
	}
	return s
}

func (s Stamp) write(dir string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the stamp: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, StampName), append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the stamp: %w", err)
	}
	return nil
}
