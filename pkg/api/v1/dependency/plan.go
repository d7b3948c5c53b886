// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"encoding/json"
	"fmt"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// DefaultGracePeriodSeconds is the termination grace period of a pod that names none.
const DefaultGracePeriodSeconds = int64(v1.DefaultTerminationGracePeriodSeconds)

// Plan is what a pod says about the order of its containers, and what a kubelet needs to keep that order when the pod
// object is gone. It is not validated; see New.
type Plan struct {
	// PodUID is the pod that the plan was made for.
	PodUID types.UID `json:"podUID"`
	// GracePeriodSeconds is the pod's termination grace period.
	GracePeriodSeconds int64 `json:"gracePeriodSeconds"`
	// RestartPolicy is the pod's restart policy.
	RestartPolicy v1.RestartPolicy `json:"restartPolicy,omitempty"`
	// Containers are the regular containers, in the order of the pod.
	Containers []PlannedContainer `json:"containers"`
	// InitContainers are the init containers, native sidecars among them, in the order of the pod.
	InitContainers []PlannedInitContainer `json:"initContainers,omitempty"`
}

// PlannedContainer is a regular container of a Plan.
type PlannedContainer struct {
	// Name of the container.
	Name string `json:"name"`
	// RestartPolicy of the container itself; empty means the pod's.
	RestartPolicy v1.ContainerRestartPolicy `json:"restartPolicy,omitempty"`
	// Lifecycle is nil when the container says nothing about ordering.
	Lifecycle *Lifecycle `json:"lifecycle,omitempty"`
}

// PlannedInitContainer is an init container of a Plan.
type PlannedInitContainer struct {
	// Name of the container.
	Name string `json:"name"`
	// Native is true for a native sidecar: an init container with restartPolicy Always.
	Native bool `json:"native,omitempty"`
}

// Encode returns the plan in the form that ParsePlan reads. The result is the same for the same plan.
func (p *Plan) Encode() (string, error) {
	out, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("encoding the container order of pod %q: %w", p.PodUID, err)
	}
	return string(out), nil
}

// ParsePlan reads what Encode wrote. It returns an error when the text is no plan, or is that of another pod: a copy
// of somebody else's plan must not be obeyed.
func ParsePlan(text string, podUID types.UID) (*Plan, error) {
	plan := &Plan{}
	if err := json.Unmarshal([]byte(text), plan); err != nil {
		return nil, fmt.Errorf("reading the pinned container order of pod %q: %w", podUID, err)
	}
	if plan.PodUID != podUID {
		return nil, fmt.Errorf("reading the pinned container order of pod %q: it is that of pod %q", podUID, plan.PodUID)
	}
	return plan, nil
}

// TypeOf returns the type of the named regular container; what says nothing is Standard. A nil plan stands for no order.
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

// effectiveRestartPolicy of a regular container.
func (p *Plan) effectiveRestartPolicy(c *PlannedContainer) v1.RestartPolicy {
	if c.RestartPolicy != "" {
		return v1.RestartPolicy(c.RestartPolicy)
	}
	if p.RestartPolicy == "" {
		return v1.RestartPolicyAlways
	}
	return p.RestartPolicy
}
