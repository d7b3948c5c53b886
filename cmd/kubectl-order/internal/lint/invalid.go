// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"fmt"
	"strings"

	"kubelet-ordering/cmd/kubectl-order/internal/source"
	"kubelet-ordering/pkg/api/v1/dependency"
)

var (
	invalid  = Rule{"invalid-order", "The kubelet holds the pod, or the API server refuses it."}
	injected = Rule{"injected-container", "An annotation is for a container that is not in the manifest, but is known to be injected."}
)

// ofInvalid returns the problems of an order that cannot be followed.
func ofInvalid(p *source.Pod, refused *dependency.InvalidError) []Problem {
	var found []Problem
	for _, e := range refused.Problems {
		problem := Problem{Rule: invalid.Name, Severity: Error, Path: e.Field, Message: e.ErrorBody()}
		name, annotation := strings.CutPrefix(e.Field, "metadata.annotations["+dependency.AnnotationPrefix)
		name = strings.TrimSuffix(name, "]")
		if annotation && isInjected(name) && !p.IsPod() && !has(p, name) {
			problem = Problem{Rule: injected.Name, Severity: Warning, Path: e.Field, Message: fmt.Sprintf(
				"the template has no container %q: the pod is held unless one is injected", name)}
		}
		found = append(found, problem)
	}
	if refused.More > 0 {
		found = append(found, Problem{
			Rule: invalid.Name, Severity: Error, Path: "spec", Message: fmt.Sprintf("and %d more problems", refused.More)})
	}
	return found
}
