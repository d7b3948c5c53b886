// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// tail reads a growing file from where it ended at first.
type tail struct {
	file *os.File
	rest []byte
}

func follow(path string) (*tail, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("follow the kubelet's log: %w", err)
	}
	if _, err := file.Seek(0, io.SeekEnd); err != nil {
		file.Close()
		return nil, fmt.Errorf("follow the kubelet's log %q: %w", path, err)
	}
	return &tail{file: file}, nil
}

// lines are those that were completed since the last call.
func (t *tail) lines() ([]string, error) {
	more, err := io.ReadAll(t.file)
	if err != nil {
		return nil, fmt.Errorf("read the kubelet's log: %w", err)
	}
	t.rest = append(t.rest, more...)
	var lines []string
	for {
		line, rest, found := bytes.Cut(t.rest, []byte("\n"))
		if !found {
			return lines, nil
		}
		lines = append(lines, string(line))
		t.rest = rest
	}
}
