// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"encoding/json"
	"fmt"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// DefaultGracePeriodSeconds is the termination grace period of a pod that does not set one, in seconds.
const DefaultGracePeriodSeconds = int64(v1.DefaultTerminationGracePeriodSeconds)

// Plan is the ordering that a pod declares, with all that a kubelet needs to keep that order after the pod object is gone.
// It is not validated; see New.
type Plan struct {
	// PodUID is the UID of the plan's pod.
	PodUID types.UID `json:"podUID"`
	// GracePeriodSeconds is the pod's termination grace period.
	GracePeriodSeconds int64 `json:"gracePeriodSeconds"`
	// RestartPolicy is the pod's restart policy.
	RestartPolicy v1.RestartPolicy `json:"restartPolicy,omitempty"`
	// Containers are the regular containers, in the order of the pod.
	Containers []PlannedContainer `json:"containers"`
	// InitContainers are the init containers, including native sidecars, in the order of the pod.
	InitContainers []PlannedInitContainer `json:"initContainers,omitempty"`
}

// PlannedContainer is a regular container of a Plan.
type PlannedContainer struct {
	// Name of the container.
	Name string `json:"name"`
	// RestartPolicy of the container itself. If it is empty, the pod's restart policy applies.
	RestartPolicy v1.ContainerRestartPolicy `json:"restartPolicy,omitempty"`
	// PostStart reports whether the container has a postStart hook. Later containers in the list wait for the end of its start.
	PostStart bool `json:"postStart,omitempty"`
	// Lifecycle is nil if the container declares no ordering.
	Lifecycle *Lifecycle `json:"lifecycle,omitempty"`
}

// PlannedInitContainer is an init container of a Plan.
type PlannedInitContainer struct {
	// Name of the container.
	Name string `json:"name"`
	// Native reports whether it is a native sidecar: an init container with restartPolicy Always.
	Native bool `json:"native,omitempty"`
	// Lifecycle is nil if the container declares no ordering. Only native sidecars may.
	Lifecycle *Lifecycle `json:"lifecycle,omitempty"`
}

// Encode returns a valid plan in the format that ParsePlan reads, with at most MaxPlanBytes bytes. It leaves out what does not
// change the graph: names that the pod does not have, init containers that have exited before any regular container starts,
// and defaults. Equal plans have equal encodings, and the plan that was read has the same encoding again.
func (p *Plan) Encode() (string, error) {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(p.normalized()); err != nil {
		return "", fmt.Errorf("encoding the container order of pod %q: %w", p.PodUID, err)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// ParsePlan parses the output of Encode. It returns an error if the text is not a plan, or is the plan of another pod: a
// pod must not follow a copy of another pod's plan.
func ParsePlan(text string, podUID types.UID) (*Plan, error) {
	if len(text) > MaxPlanBytes {
		return nil, fmt.Errorf("reading the pinned container order of pod %q: it has %d bytes, and may have %d",
			podUID, len(text), MaxPlanBytes)
	}
	plan := &Plan{}
	if err := json.Unmarshal([]byte(text), plan); err != nil {
		return nil, fmt.Errorf("reading the pinned container order of pod %q: %w", podUID, err)
	}
	if plan.PodUID != podUID {
		return nil, fmt.Errorf("reading the pinned container order of pod %q: it is that of pod %q",
			podUID, shorten(string(plan.PodUID), maxValueBytes))
	}
	return plan, nil
}

// TypeOf returns the type of the named regular container. The default is Standard, also for a nil plan.
func (p *Plan) TypeOf(container string) Type {
	if p == nil {
		return Standard
	}
	for i := range p.Containers {
		if p.Containers[i].Name == container && p.Containers[i].Lifecycle.isSidecar() {
			return Sidecar
		}
	}
	return Standard
}

// effectiveRestartPolicy returns the container's own restart policy, or else that of the pod.
func (p *Plan) effectiveRestartPolicy(c *PlannedContainer) v1.RestartPolicy {
	if c.RestartPolicy != "" {
		return v1.RestartPolicy(c.RestartPolicy)
	}
	if p.RestartPolicy == "" {
		return v1.RestartPolicyAlways
	}
	return p.RestartPolicy
}

// failsFast reports whether the pod fails when a Standard container can never start.
func (p *Plan) failsFast() bool {
	return p.RestartPolicy == v1.RestartPolicyNever || p.RestartPolicy == v1.RestartPolicyOnFailure
}
