// SPDX-License-Identifier: Apache-2.0

// Package manifest reads the demo's pod and finds what would keep it from running.
package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// ExpectAnnotation has the expected end of the pod: "Succeeded", "Failed", or "Failed/<reason>".
const ExpectAnnotation = "demo/expect"

// PageAnnotation has the port and path of a page to read when all containers are up, such as "9102/metrics".
const PageAnnotation = "demo/page"

// Manifest is a valid pod and its order.
type Manifest struct {
	Pod *v1.Pod
	// Graph is nil when the pod does not use ordering.
	Graph *dependency.Graph
}

// Parse reads and validates a manifest.
func Parse(text []byte) (*Manifest, error) {
	pod := &v1.Pod{}
	if err := yaml.UnmarshalStrict(text, pod); err != nil {
		return nil, fmt.Errorf("it is no pod: %w (the order of containers goes into annotations %s<container>)",
			err, dependency.AnnotationPrefix)
	}
	switch {
	case pod.Kind != "Pod" || pod.APIVersion != "v1":
		return nil, fmt.Errorf("kind %q of apiVersion %q cannot be run: give a Pod of apiVersion v1 (a Job's pod stands in spec.template)",
			pod.Kind, pod.APIVersion)
	case pod.Name == "":
		return nil, errors.New("metadata.name is empty: give the pod a name")
	case len(pod.Spec.Containers) == 0:
		return nil, errors.New("spec.containers is empty: give the pod a container")
	}
	graph, err := dependency.ForPod(pod, nil)
	if err != nil {
		return nil, fmt.Errorf("the order of the containers cannot be followed: %w", err)
	}
	return &Manifest{Pod: pod, Graph: graph}, nil
}

// Legend returns the drawn order, or "" if the pod does not use ordering.
func (m *Manifest) Legend() string {
	if m.Graph == nil {
		return ""
	}
	return m.Graph.String()
}

// CheckImages returns an error for each container whose image the node does not have: there is no registry to pull it from.
func (m *Manifest) CheckImages(present []string) error {
	var problems []error
	for _, c := range slices.Concat(m.Pod.Spec.InitContainers, m.Pod.Spec.Containers) {
		switch {
		case !slices.Contains(present, c.Image):
			problems = append(problems, fmt.Errorf("container %q: image %q is not on the node", c.Name, c.Image))
		case c.ImagePullPolicy == v1.PullAlways:
			problems = append(problems,
				fmt.Errorf("container %q: imagePullPolicy Always asks a registry, and the node has none: use IfNotPresent", c.Name))
		}
	}
	if len(problems) > 0 {
		problems = append(problems, fmt.Errorf("use one of the node's images:\n  %s", strings.Join(present, "\n  ")))
	}
	return errors.Join(problems...)
}
