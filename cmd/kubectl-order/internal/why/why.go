// SPDX-License-Identifier: Apache-2.0

// Package why finds out for what the containers of a pod wait, down to the root, from the pod's status, its events and its node. It asks
// nobody.
package why

import (
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/cmd/kubectl-order/internal/source"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// Facts are what is known about a pod.
type Facts struct {
	Pod *source.Pod
	// Events of the pod, in any order.
	Events []v1.Event
	// Node of the pod, or nil if it is not known.
	Node *v1.Node
}

// Answer is why a pod waits. Its JSON form is what -o json prints.
type Answer struct {
	Object    string `json:"object"`
	Namespace string `json:"namespace,omitempty"`
	Node      string `json:"node,omitempty"`
	Phase     string `json:"phase,omitempty"`
	// Ordered reports whether the pod uses ordering.
	Ordered bool `json:"ordered"`
	// Notes are about the pod as a whole.
	Notes []Note `json:"notes,omitempty"`
	// Containers are all that the pod has, init containers first.
	Containers []Container `json:"containers,omitempty"`
}

// Note is one finding about the pod, and what to do.
type Note struct {
	Text string `json:"text"`
	Do   string `json:"do,omitempty"`
	// Fine notes do not keep the pod from running.
	Fine bool `json:"fine,omitempty"`
}

// Container is one container.
type Container struct {
	Name string `json:"name"`
	// Waits is set if it waits for others: For are those whose conditions do not hold yet.
	Waits bool       `json:"waits"`
	Since *time.Time `json:"since,omitempty"`
	For   []Wait     `json:"for,omitempty"`
	// State is what it does, in words. Details are what is known of the cause, such as a probe's last failure.
	State   string   `json:"state"`
	Details []string `json:"details,omitempty"`
	// Wrong is set if it is not as it should be, by its own fault: Do is what to do.
	Wrong bool   `json:"wrong,omitempty"`
	Do    string `json:"do,omitempty"`
}

// Wait is one condition that does not hold.
type Wait struct {
	Container string `json:"container"`
	Condition string `json:"condition"`
	// Never: the condition can never hold.
	Never bool `json:"never,omitempty"`
}

// asking is the state of one question.
type asking struct {
	Facts
	pod      *v1.Pod
	graph    *dependency.Graph
	statuses map[string]*v1.ContainerStatus
	answer   *Answer
}

// Ask answers the question.
func Ask(f Facts) *Answer {
	a := newAsking(f)
	a.notes(a.explain())
	a.containers()
	return a.answer
}

func newAsking(f Facts) *asking {
	a := &asking{Facts: f, pod: f.Pod.Pod, statuses: map[string]*v1.ContainerStatus{}}
	a.answer = &Answer{
		Object: f.Pod.String(), Namespace: f.Pod.Namespace, Node: a.pod.Spec.NodeName, Phase: string(a.pod.Status.Phase), Ordered: f.Pod.InUse(),
	}
	for _, list := range [][]v1.ContainerStatus{a.pod.Status.InitContainerStatuses, a.pod.Status.ContainerStatuses} {
		for i := range list {
			a.statuses[list[i].Name] = &list[i]
		}
	}
	return a
}

// explain finds the graph of the pod, or returns the error of its order.
func (a *asking) explain() error {
	x, err := a.Pod.Explain()
	if err == nil && x != nil {
		a.graph = x.Graph
	}
	return err
}

// Container returns the container of that name, or nil.
func (a *Answer) Container(name string) *Container {
	for i := range a.Containers {
		if a.Containers[i].Name == name {
			return &a.Containers[i]
		}
	}
	return nil
}

// Waiting reports whether a container waits, or something is wrong.
func (a *Answer) Waiting() bool {
	for _, n := range a.Notes {
		if !n.Fine {
			return true
		}
	}
	for i := range a.Containers {
		if a.Containers[i].Waits || a.Containers[i].Wrong {
			return true
		}
	}
	return false
}
