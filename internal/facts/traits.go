// SPDX-License-Identifier: Apache-2.0

package facts

import (
	"cmp"
	"slices"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// NewPod returns a pod of which only the manifest is known. Each container comes after its dependencies, so that the picture of a start
// is a staircase. The graph is nil for a pod that does not use ordering.
func NewPod(pod *v1.Pod, graph *dependency.Graph) *Pod {
	p := &Pod{Name: pod.Name, RestartPolicy: cmp.Or(pod.Spec.RestartPolicy, v1.RestartPolicyAlways)}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		role := "init"
		if c.RestartPolicy != nil && *c.RestartPolicy == v1.ContainerRestartPolicyAlways {
			role = "native"
		}
		p.Containers = append(p.Containers, p.container(c, role, graph))
	}
	var regular []*Container
	for i := range pod.Spec.Containers {
		role := dependency.Standard
		if graph != nil && graph.IsSidecar(pod.Spec.Containers[i].Name) {
			role = dependency.Sidecar
		}
		regular = append(regular, p.container(&pod.Spec.Containers[i], string(role), graph))
	}
	if graph != nil {
		depth := map[string]int{}
		slices.SortStableFunc(regular, func(a, b *Container) int { return depthOf(graph, a.Name, depth) - depthOf(graph, b.Name, depth) })
	}
	p.Containers = append(p.Containers, regular...)
	return p
}

// depthOf is the length of the longest chain of dependencies of the container. The graph has no cycle.
func depthOf(graph *dependency.Graph, name string, known map[string]int) int {
	if depth, ok := known[name]; ok {
		return depth
	}
	depth := 0
	for _, d := range graph.WaitsFor(name) {
		depth = max(depth, depthOf(graph, d.Container, known)+1)
	}
	known[name] = depth
	return depth
}

func (p *Pod) container(c *v1.Container, role string, graph *dependency.Graph) *Container {
	policy := p.RestartPolicy
	if c.RestartPolicy != nil {
		policy = v1.RestartPolicy(*c.RestartPolicy)
	}
	return &Container{Traits: Traits{
		Name:          c.Name,
		Role:          role,
		Policy:        policy,
		Readiness:     c.ReadinessProbe != nil,
		Startup:       c.StartupProbe != nil,
		PostStart:     c.Lifecycle != nil && c.Lifecycle.PostStart != nil,
		PreStop:       c.Lifecycle != nil && c.Lifecycle.PreStop != nil,
		AtTermination: graph != nil && graph.HookAtTermination(c.Name),
	}}
}
