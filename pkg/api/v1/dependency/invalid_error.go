// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// InvalidError reports why a pod's container order is invalid.
type InvalidError struct {
	// Problems has all problems found, in a stable order.
	Problems field.ErrorList
	// Plan is the part that could be read. It must not be modified.
	Plan *Plan
}

// maxReportedProblems bounds the text in the status of every container of a pod: annotations have room for thousands of
// mistakes.
const maxReportedProblems = 50

func (e *InvalidError) Error() string {
	var texts []string
	for i, problem := range e.Problems {
		if i == maxReportedProblems {
			texts = append(texts, fmt.Sprintf("and %d more", len(e.Problems)-i))
			break
		}
		texts = append(texts, problem.Error())
	}
	return strings.Join(texts, "; ")
}
