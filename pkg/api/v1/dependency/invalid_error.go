// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// InvalidError says why a pod's container order cannot be followed.
type InvalidError struct {
	// Problems are all that was found, in a stable order.
	Problems field.ErrorList
	// Plan is what could be read. It must not be changed.
	Plan *Plan
}

// maxReportedProblems bounds the text that goes into the status of every container of a pod: annotations have room for
// thousands of mistakes.
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
