// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"

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

// Error returns as many whole problems as fit into MaxTextBytes, and the number of the others.
func (e *InvalidError) Error() string {
	var text []byte
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
		case len(text) <= limit:
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
