// SPDX-License-Identifier: Apache-2.0

// Package report reads what a suite of the test framework ginkgo says about its specs: which it has, and how they end.
package report

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// Spec is one spec of a suite, and its result if it has run.
type Spec struct {
	// Name is the texts of the spec's containers and its own, joined by spaces: what -focus and -skip match.
	Name string
	// Group is the text of its outermost container.
	Group string
	// Labels are its own and those of its containers.
	Labels []string
	// Serial means that no other spec may run at the same time.
	Serial bool
	// Ordered is the name of the outermost container that has only specs of Ordered containers, this one among them, or "". The specs
	// of an Ordered container may need what those before them did, so that they must run together.
	Ordered string
	// State is "passed", "failed", "skipped", "pending", "timedout", "interrupted", "panicked" or "aborted".
	State string
	// Took is how long it ran.
	Took time.Duration
	// Message is why it failed or was skipped.
	Message string
}

// Passed reports whether the spec has run and passed.
func (s Spec) Passed() bool { return s.State == "passed" }

// Skipped reports whether the spec has not run, by its own decision.
func (s Spec) Skipped() bool { return s.State == "skipped" || s.State == "pending" }

// maxMessage bounds what is kept of a message, in bytes.
const maxMessage = 300

type document struct {
	SpecReports []struct {
		ContainerHierarchyTexts  []string
		ContainerHierarchyLabels [][]string
		LeafNodeType             string
		LeafNodeText             string
		LeafNodeLabels           []string
		IsSerial                 bool
		IsInOrderedContainer     bool
	}
}

// Read reads the specs from ginkgo's report of a dry run. It leaves out what is not a spec, such as the suite's preparation.
func Read(path string) ([]Spec, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the report of the suite: %w", err)
	}
	var suites []document
	if err := json.Unmarshal(content, &suites); err != nil {
		return nil, fmt.Errorf("read the report of the suite in %s: %w", path, err)
	}
	var specs []Spec
	for _, suite := range suites {
		mixed := map[string]bool{}
		for _, r := range suite.SpecReports {
			for i := range r.ContainerHierarchyTexts {
				if !r.IsInOrderedContainer {
					mixed[strings.Join(r.ContainerHierarchyTexts[:i+1], " ")] = true
				}
			}
		}
		for _, r := range suite.SpecReports {
			if r.LeafNodeType != "It" || len(r.ContainerHierarchyTexts) == 0 {
				continue
			}
			ordered := ""
			for i := range r.ContainerHierarchyTexts {
				if name := strings.Join(r.ContainerHierarchyTexts[:i+1], " "); ordered == "" && !mixed[name] {
					ordered = name
				}
			}
			specs = append(specs, Spec{
				Name:  strings.Join(append(slices.Clone(r.ContainerHierarchyTexts), r.LeafNodeText), " "),
				Group: r.ContainerHierarchyTexts[0], Labels: slices.Concat(append(r.ContainerHierarchyLabels, r.LeafNodeLabels)...),
				Serial: r.IsSerial, Ordered: ordered,
			})
		}
	}
	return specs, nil
}

// firstLines returns the beginning of a message, in one line.
func firstLines(message string) string {
	message = strings.Join(strings.Fields(message), " ")
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "") + " ..."
	}
	return message
}
