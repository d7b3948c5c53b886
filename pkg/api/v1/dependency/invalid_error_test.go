// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

func TestInvalidErrorIsBounded(t *testing.T) {
	var problems field.ErrorList
	for range maxReportedProblems {
		problems = append(problems, field.Required(field.NewPath("x"), "say something"))
	}
	if got := (&InvalidError{Problems: problems}).Error(); strings.Contains(got, "more") || strings.Count(got, "x: ") != maxReportedProblems {
		t.Errorf("Error() does not report all of %d problems: %s", maxReportedProblems, got)
	}
	problems = append(problems, problems[0], problems[0])
	if got := (&InvalidError{Problems: problems}).Error(); !strings.HasSuffix(got, "; and 2 more") ||
		strings.Count(got, "x: ") != maxReportedProblems {
		t.Errorf("Error() does not shorten %d problems to %d: %s", len(problems), maxReportedProblems, got)
	}
}
