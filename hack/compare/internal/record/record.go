// SPDX-License-Identifier: Apache-2.0

// Package record keeps the results of specs on several kubelets across runs, so that a run that was interrupted goes on where it
// ended.
package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Attempt is one run of a spec.
type Attempt struct {
	Spec string `json:"spec"`
	// Group is the outermost container of the spec.
	Group string `json:"group"`
	// State is ginkgo's.
	State   string  `json:"state"`
	Seconds float64 `json:"seconds"`
	Message string  `json:"message,omitempty"`
	// Kubelet is what identifies the kubelet's build.
	Kubelet string    `json:"kubelet"`
	Ended   time.Time `json:"ended"`
}

// Log is a file with the attempts of one kubelet, one per line.
type Log struct{ path string }

// NewLog returns the log of the kubelet with this name.
func NewLog(dir, name string) *Log { return &Log{filepath.Join(dir, name+".jsonl")} }

// Append adds attempts.
func (l *Log) Append(attempts []Attempt) (err error) {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o755); err != nil {
		return fmt.Errorf("make the directory of the results: %w", err)
	}
	file, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("record results: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	// An empty line first, so that a line that was cut off spoils no other.
	lines := bytes.NewBufferString("\n")
	encoder := json.NewEncoder(lines)
	for _, a := range attempts {
		if err := encoder.Encode(a); err != nil {
			return fmt.Errorf("record results: %w", err)
		}
	}
	if _, err := lines.WriteTo(file); err != nil {
		return fmt.Errorf("record results: %w", err)
	}
	return nil
}

// Attempts returns the attempts of each spec, in their order, that this build of the kubelet has had. A line that was cut off when
// the program was killed is left out.
func (l *Log) Attempts(kubelet string) (map[string][]Attempt, error) {
	file, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read earlier results: %w", err)
	}
	defer func() { _ = file.Close() }()
	attempts := map[string][]Attempt{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var a Attempt
		if json.Unmarshal(lines.Bytes(), &a) == nil && a.Kubelet == kubelet {
			attempts[a.Spec] = append(attempts[a.Spec], a)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read earlier results: %w", err)
	}
	return attempts, nil
}
