// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"fmt"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/internal/workload"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// located is a container and its path.
type located struct {
	*v1.Container
	path   string
	native bool
}

// all returns the regular containers and native sidecars.
func all(p *workload.Pod) []located {
	var found []located
	for i := range p.Pod.Spec.InitContainers {
		c := &p.Pod.Spec.InitContainers[i]
		if c.RestartPolicy != nil && *c.RestartPolicy == v1.ContainerRestartPolicyAlways {
			found = append(found, located{c, fmt.Sprintf("spec.initContainers[%d]", i), true})
		}
	}
	for i := range p.Pod.Spec.Containers {
		found = append(found, located{&p.Pod.Spec.Containers[i], fmt.Sprintf("spec.containers[%d]", i), false})
	}
	return found
}

// isSidecar reports whether the container is a Sidecar: also a native one that says so.
func (c *checked) isSidecar(l located) bool {
	if !l.native {
		return c.Graph.IsSidecar(l.Name)
	}
	for _, e := range c.Edges {
		if e.Dependency == l.Name && e.Strength == dependency.BySidecar {
			return true
		}
	}
	return false
}

// awaits reports whether one container waits for another to start or be ready, directly or through others.
func (c *checked) awaits(from, to string) bool {
	seen := map[string]bool{from: true}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, d := range c.Graph.WaitsFor(queue[0]) {
			if d.Container == to {
				return true
			}
			if !seen[d.Container] {
				seen[d.Container] = true
				queue = append(queue, d.Container)
			}
		}
	}
	return false
}
