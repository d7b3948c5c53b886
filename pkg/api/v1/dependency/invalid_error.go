// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// InvalidError reports why a pod's container order is invalid.
type InvalidError struct {
	// Problems has the first MaxProblems problems, in a stable order.
	Problems field.ErrorList
	// More is the number of problems found that Problems does not have.
	More int
	// Plan is the part that could be read. It must not be modified.
	Plan *Plan
}

// Error returns as many whole problems as fit into MaxTextBytes and name at most MaxTextNames containers, and the number of the
// others. It returns the first problem in any case.
func (e *InvalidError) Error() string {
	var text []byte
	names := e.names()
	for i, problem := range e.Problems {
		before, more := len(text), len(e.Problems)-i-1+e.More
		if i > 0 {
			text = append(text, "; "...)
		}
		text = append(text, problem.Error()...)
		limit := MaxTextBytes
		if more > 0 {
			limit -= moreBytes
		}
		switch {
		case len(text) <= limit && (i == 0 || named(text, names) <= MaxTextNames):
		case i == 0:
			text = append(text[:0], shorten(string(text[:limit]), limit-len("…"))...)
		default:
			return string(fmt.Appendf(text[:before], "; and %d more", more+1))
		}
	}
	if e.More > 0 {
		text = fmt.Appendf(text, "; and %d more", e.More)
	}
	return string(text)
}

// names returns the names of the pod's containers.
func (e *InvalidError) names() map[string]bool {
	names := map[string]bool{}
	if e.Plan == nil {
		return names
	}
	for i := range e.Plan.Containers {
		names[e.Plan.Containers[i].Name] = true
	}
	for i := range e.Plan.InitContainers {
		names[e.Plan.InitContainers[i].Name] = true
	}
	return names
}

// named returns how many of the names the text has. A word of the text that happens to be a name counts, too.
func named(text []byte, names map[string]bool) int {
	seen := map[string]bool{}
	for _, word := range strings.FieldsFunc(string(text), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }) {
		if names[word] {
			seen[word] = true
		}
	}
	return len(seen)
}
