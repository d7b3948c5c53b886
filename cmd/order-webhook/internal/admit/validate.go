// SPDX-License-Identifier: Apache-2.0

package admit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"kubelet-ordering/internal/lint"
	"kubelet-ordering/internal/workload"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// Bounds of the warnings of one answer. The API server cuts them short if all warnings of a request have more than 4,096 bytes.
const (
	maxWarnings     = 6
	maxWarningBytes = 512
)

// Validator refuses orders that the kubelet would hold, and warns of traps.
type Validator struct {
	// Injected are the names of containers that are not in a template because something injects them into its pods, besides those of
	// known meshes.
	Injected []string
}

var _ admission.Handler = &Validator{}

// Handle implements admission.Handler.
func (v *Validator) Handle(_ context.Context, req admission.Request) admission.Response {
	if req.Operation != admissionv1.Create && req.Operation != admissionv1.Update {
		return admission.Allowed("")
	}
	now, err := read(req.Object.Raw)
	switch {
	case errors.Is(err, workload.ErrNoTemplate):
		return admission.Allowed("")
	case err != nil:
		// The API server has validated the objects of its own kinds. Of others it is not for us to say.
		return admission.Allowed("").WithWarnings(dependency.Shorten("its container order was not checked: "+err.Error(), maxWarningBytes))
	case !now.ordered() || now.GetDeletionTimestamp() != nil:
		// What is being deleted must be able to lose its finalizers.
		return admission.Allowed("")
	}
	old, err := read(req.OldObject.Raw)
	if err != nil {
		old = nil
	}
	if req.Operation == admissionv1.Update && now.same(old) {
		return admission.Allowed("")
	}
	problems := v.check(now)
	if refused := only(problems, lint.Error); len(refused) > 0 && !now.mirror() && v.adds(refused, old) {
		return denied(now, refused)
	}
	if now.controlled() {
		problems = only(problems, lint.Error)
	}
	return admission.Allowed("").WithWarnings(warnings(problems)...)
}

func (v *Validator) check(o *object) []lint.Problem { return lint.Check(o.pod, v.Injected...) }

// adds reports whether there is a problem that the old object does not have. What was wrong before must not keep anyone from
// changing something else, or from mending one problem after the other.
func (v *Validator) adds(problems []lint.Problem, old *object) bool {
	if !old.ordered() {
		return true
	}
	known := map[lint.Problem]bool{}
	for _, p := range only(v.check(old), lint.Error) {
		known[p] = true
	}
	for _, p := range problems {
		if !known[p] {
			return true
		}
	}
	return false
}

func only(problems []lint.Problem, severity string) []lint.Problem {
	var found []lint.Problem
	for _, p := range problems {
		if p.Severity == severity {
			found = append(found, p)
		}
	}
	return found
}

// denied is the answer of an API server that validates the field: code 422, with a cause for each problem.
func denied(o *object, problems []lint.Problem) admission.Response {
	kind := o.GetKind()
	details := &metav1.StatusDetails{Group: o.group(), Kind: kind, Name: o.pod.Name}
	var texts []string
	for _, p := range problems {
		texts = append(texts, p.Path+": "+p.Message)
		cause := metav1.StatusCause{Type: metav1.CauseTypeFieldValueInvalid, Field: p.Path, Message: p.Message}
		details.Causes = append(details.Causes, cause)
	}
	return admission.Response{AdmissionResponse: admissionv1.AdmissionResponse{Result: &metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusUnprocessableEntity,
		Reason:  metav1.StatusReasonInvalid,
		Message: fmt.Sprintf("%s %q has an invalid container order: %s", kind, o.pod.Name, strings.Join(texts, "; ")),
		Details: details,
	}}}
}

// warnings are the problems of an object that is taken.
func warnings(problems []lint.Problem) []string {
	var texts []string
	for i, p := range problems {
		if i == maxWarnings {
			return append(texts, fmt.Sprintf("and %d more about the container order: see kubectl order lint", len(problems)-i))
		}
		texts = append(texts, dependency.Shorten(fmt.Sprintf("%s: %s [%s]", p.Path, p.Message, p.Rule), maxWarningBytes))
	}
	return texts
}
