// SPDX-License-Identifier: Apache-2.0

package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"kubelet-ordering/hack/bench/internal/shape"
)

// Run is all that one run of the benchmark knows.
type Run struct {
	Begin time.Time
	// Took is how long it ran, in seconds.
	Took float64
	// Machine is where, in words.
	Machine string
	// Versions of the kubelets.
	Versions  map[Subject]string
	Arguments []string
	Rounds    int
	// Crowd is how many pods a crowd has.
	Crowd int
	// Rest is how long a crowd was watched at rest, and again under churn, in seconds.
	Rest float64
	// Together are the subjects and cases that were run at the same time as others of their kind, as subject/case.
	Together []string
	Cases    []shape.Case
	Samples  []Sample
}

// RuntimeCase is the name of a sample of the runtime for a number of containers.
func RuntimeCase(containers int) string { return "containers-" + strconv.Itoa(containers) }

// RuntimeContainers reads such a name; ok is false of any other.
func RuntimeContainers(name string) (containers int, ok bool) {
	text, found := strings.CutPrefix(name, "containers-")
	n, err := strconv.Atoi(text)
	return n, found && err == nil
}

// Values are those of all samples of one thing, without failures.
func (r Run) Values(subject Subject, name string, metric Metric) []float64 {
	var values []float64
	for _, s := range r.Samples {
		if s.Subject == subject && s.Case == name && s.Metric == metric && s.Failure == "" {
			values = append(values, s.Value)
		}
	}
	return values
}

// Failures are the samples that have no value.
func (r Run) Failures() []Sample {
	return slices.DeleteFunc(slices.Clone(r.Samples), func(s Sample) bool { return s.Failure == "" })
}

// Write keeps the run in a file, as JSON.
func (r Run) Write(path string) error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the results: %w", err)
	}
	err = os.MkdirAll(filepath.Dir(path), 0o755)
	if err = errors.Join(err, os.WriteFile(path, append(content, '\n'), 0o644)); err != nil {
		return fmt.Errorf("keep the results (name a file that can be written with -json): %w", err)
	}
	return nil
}

// Read reads a file that Write has written.
func Read(path string) (Run, error) {
	var r Run
	content, err := os.ReadFile(path)
	if err != nil {
		return r, fmt.Errorf("read earlier results: %w", err)
	}
	if err := json.Unmarshal(content, &r); err != nil {
		return r, fmt.Errorf("earlier results %q are not what -json writes: %w", path, err)
	}
	return r, nil
}
