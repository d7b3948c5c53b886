// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// ResultsFile is the file in the report directory to which our file in the suite writes a line for each spec that has ended, or in a
// dry run for each spec that is in an Ordered container.
const ResultsFile = "spec-results.jsonl"

// Follower reads the results of specs while the suite still runs.
type Follower struct {
	path string
	// read is how many bytes it has read.
	read int64
}

// NewFollower returns a follower of a file that need not exist yet.
func NewFollower(path string) *Follower { return &Follower{path: path} }

// Next returns the results since the last call.
func (f *Follower) Next() ([]Spec, error) {
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the results of the suite: %w", err)
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.NewSectionReader(file, f.read, 1<<62))
	if err != nil {
		return nil, fmt.Errorf("read the results of the suite: %w", err)
	}
	// The last line may still be written.
	content = content[:bytes.LastIndexByte(content, '\n')+1]
	f.read += int64(len(content))
	var specs []Spec
	for line := range bytes.Lines(content) {
		var result struct {
			Name, State, Message string
			Seconds              float64
		}
		if err := json.Unmarshal(line, &result); err != nil {
			return nil, fmt.Errorf("read the results of the suite in %s: %w", f.path, err)
		}
		specs = append(specs, Spec{Name: result.Name, State: result.State, Message: firstLines(result.Message),
			Took: time.Duration(result.Seconds * float64(time.Second))})
	}
	return specs, nil
}
