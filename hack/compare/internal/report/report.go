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
	}
}

// Read reads the specs from ginkgo's report of a dry run, which does not say that those with the given names are in an Ordered
// container. It leaves out what is not a spec, such as the suite's preparation.
func Read(path string, ordered map[string]bool) ([]Spec, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the report of the suite: %w", err)
	}
	var suites []document
	if err := json.Unmarshal(content, &suites); err != nil {
		return nil, fmt.Errorf("read the report of the suite in %s: %w", path, err)
	}
	var specs []Spec
	var containers [][]string
	for _, suite := range suites {
		for _, r := range suite.SpecReports {
			if r.LeafNodeType != "It" || len(r.ContainerHierarchyTexts) == 0 {
				continue
			}
			specs = append(specs, Spec{
				Name: join(r.ContainerHierarchyTexts, r.LeafNodeText), Group: r.ContainerHierarchyTexts[0],
				Labels: slices.Concat(append(r.ContainerHierarchyLabels, r.LeafNodeLabels)...), Serial: r.IsSerial,
			})
			containers = append(containers, r.ContainerHierarchyTexts)
		}
	}
	findOrdered(specs, containers, ordered)
	return specs, nil
}

// findOrdered finds the containers that have only specs of Ordered ones, among those that each spec is in.
func findOrdered(specs []Spec, containers [][]string, ordered map[string]bool) {
	mixed := map[string]bool{}
	for i, spec := range specs {
		for depth := range containers[i] {
			if !ordered[spec.Name] {
				mixed[join(containers[i][:depth+1])] = true
			}
		}
	}
	for i := range specs {
		for depth := range containers[i] {
			if name := join(containers[i][:depth+1]); specs[i].Ordered == "" && !mixed[name] {
				specs[i].Ordered = name
			}
		}
	}
}

// join returns the name of a spec or of a container, as ginkgo does: containers without a text are left out.
func join(containers []string, leaf ...string) string {
	texts := slices.Concat(containers, leaf)
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), " ")
}

// firstLines returns the beginning of a message, in one line.
func firstLines(message string) string {
	message = strings.Join(strings.Fields(message), " ")
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "") + " ..."
	}
	return message
}
