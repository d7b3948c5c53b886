// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"kubelet-ordering/internal/workload"
	"kubelet-ordering/pkg/api/v1/dependency"
)

var (
	invalid  = Rule{"invalid-order", "The kubelet holds the pod, or the API server refuses it."}
	injected = Rule{"injected-container", "The order is about a container that is not in the manifest, but is known to be injected."}
)

// ofInvalid returns the problems of an order that cannot be followed. The names are those of containers that are known to be
// injected.
func ofInvalid(p *workload.Pod, refused *dependency.InvalidError, names []string) []Problem {
	var found []Problem
	for _, e := range refused.Problems {
		problem := Problem{Rule: invalid.Name, Severity: Error, Path: e.Field, Message: e.ErrorBody()}
		if name := absent(p, e); name != "" && !p.IsPod() && isInjected(name, names) {
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

// isInjected reports whether a container of this name is usually injected when the pod is created, or is among the names.
func isInjected(name string, names []string) bool {
	return name == "vault-agent" || slices.Contains(proxies, name) || slices.Contains(names, name)
}

// absent returns the name of the container that the problem is about, if the pod has no container of this name, and else
// nothing: the name in the key of an annotation, or the name in an entry.
func absent(p *workload.Pod, e *field.Error) string {
	name, annotation := strings.CutPrefix(e.Field, "metadata.annotations["+dependency.AnnotationPrefix)
	if annotation && strings.Index(name, "]") == len(name)-1 {
		name = name[:len(name)-1]
	} else if name, _ = e.BadValue.(string); e.Type != field.ErrorTypeInvalid || !strings.HasSuffix(e.Field, "].container") {
		return ""
	}
	for _, list := range [][]v1.Container{p.Pod.Spec.Containers, p.Pod.Spec.InitContainers} {
		if slices.ContainsFunc(list, func(c v1.Container) bool { return c.Name == name }) {
			return ""
		}
	}
	return name
}
