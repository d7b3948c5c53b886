// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

var (
	supportedTypes      = []Type{Standard, Sidecar}
	supportedConditions = []Condition{Started, Ready, Completed, Succeeded}
)

// validate returns all problems of the plan except cycles. It sorts them by container name, so that the message does not
// depend on the order of the pod's container list.
func validate(plan *Plan, at places) field.ErrorList {
	var problems field.ErrorList
	targets := newTargets(plan)
	sidecars := 0
	for _, c := range byName(plan.Containers) {
		if c.Lifecycle == nil {
			continue
		}
		if c.Lifecycle.isSidecar() {
			sidecars++
		}
		problems = append(problems, validateLifecycle(plan, targets, c, at.of(c.Name))...)
	}
	if sidecars > 0 && sidecars == len(plan.Containers) {
		problems = append(problems, field.Invalid(at.containers(), sidecars,
			"every container is a Sidecar, so the pod would be complete before it began: leave at least one container Standard"))
	}
	return problems
}

func validateLifecycle(plan *Plan, targets targets, c *PlannedContainer, path *field.Path) field.ErrorList {
	var problems field.ErrorList
	if c.Lifecycle.Type != "" && !slices.Contains(supportedTypes, c.Lifecycle.Type) {
		problems = append(problems, field.NotSupported(path.Child("type"), c.Lifecycle.Type, supportedTypes))
	}
	seen := map[string]bool{}
	for i, d := range c.Lifecycle.DependsOn {
		entry := func(child string) *field.Path { return path.Child("dependsOn").Index(i).Child(child) }
		if seen[d.Container] {
			problems = append(problems, field.Duplicate(entry("container"), d.Container))
			continue
		}
		seen[d.Container] = true
		problems = append(problems, validateDependency(plan, targets, c, d, entry)...)
	}
	seen = map[string]bool{}
	for i, name := range c.Lifecycle.Before {
		entry := func() *field.Path { return path.Child("before").Index(i) }
		switch {
		case seen[name]:
			problems = append(problems, field.Duplicate(entry(), name))
		case name == "":
			problems = append(problems, field.Required(entry(), "name a container, or use \"*\" for every Standard container"))
		case name == c.Name:
			problems = append(problems, field.Invalid(entry(), name, "a container cannot be before itself: remove the entry"))
		case targets.initial[name] || targets.native[name]:
			problems = append(problems, field.Invalid(entry(), name,
				"an init container starts before every regular container and cannot wait for one: remove the entry"))
		}
		seen[name] = true
	}
	if t := c.Lifecycle.StopTimeoutSeconds; t != nil && (*t < 1 || *t > plan.GracePeriodSeconds) {
		problems = append(problems, field.Invalid(path.Child("stopTimeoutSeconds"), *t, fmt.Sprintf(
			"must be at least 1 and at most the pod's terminationGracePeriodSeconds, which is %d", plan.GracePeriodSeconds)))
	}
	return problems
}

// validateDependency takes the path of the entry's fields as a function, because most entries have no problems to report.
func validateDependency(
	plan *Plan, targets targets, c *PlannedContainer, d Dependency, entry func(child string) *field.Path,
) field.ErrorList {
	var problems field.ErrorList
	if d.Condition != "" && !slices.Contains(supportedConditions, d.Condition) {
		problems = append(problems, field.NotSupported(entry("condition"), d.Condition, supportedConditions))
	}
	target, regular := targets.regular[d.Container]
	native := targets.native[d.Container]
	switch {
	case d.Container == "":
		return append(problems, field.Required(entry("container"), "name the container to wait for"))
	case d.Container == c.Name:
		return append(problems, field.Invalid(entry("container"), d.Container, "a container cannot depend on itself: remove the entry"))
	case targets.initial[d.Container] && !d.Optional:
		return append(problems, field.Invalid(entry("container"), d.Container,
			"init containers have all finished before a regular container starts: remove the entry"))
	case !regular && !native && !d.Optional:
		return append(problems, field.Invalid(entry("container"), d.Container,
			"the pod has no such container: correct the name, or set optional: true if it may be absent"))
	case !regular && !native:
		return problems
	}
	if condition := d.condition(); condition == Completed || condition == Succeeded {
		if native || plan.effectiveRestartPolicy(target) == v1.RestartPolicyAlways {
			problems = append(problems, field.Invalid(entry("condition"), condition, fmt.Sprintf(
				"%q is restarted whenever it exits (restartPolicy Always) and never completes: "+
					"wait for Started or Ready, or give it another restartPolicy", d.Container)))
		}
		if c.Lifecycle.isSidecar() && regular && !target.Lifecycle.isSidecar() {
			problems = append(problems, field.Invalid(entry("condition"), condition, fmt.Sprintf(
				"the Sidecar would wait for the end of the Standard container %q, which it is to serve: "+
					"wait for Started or Ready, or make one of them another type", d.Container)))
		}
	}
	return problems
}

// cycles reports each strongly connected component of the explicit edges as one path: the shortest cycle through the
// component's first container by name. It reports the path at the first container of the path that has a lifecycle.
func cycles(g *Graph, at places) field.ErrorList {
	var problems field.ErrorList
	component := components(len(g.nodes), func(i int) []edge { return g.nodes[i].waits })
	members := map[int][]int{}
	for i, c := range component {
		members[c] = append(members[c], i)
	}
	var firsts []int
	for _, m := range members {
		if len(m) > 1 {
			firsts = append(firsts, slices.MinFunc(m, g.compareNames))
		}
	}
	slices.SortFunc(firsts, g.compareNames)
	for _, first := range firsts {
		var names []string
		cycle := g.shortestCycle(first)
		for _, i := range cycle {
			names = append(names, g.nodes[i].name)
		}
		speaker := cycle[max(0, slices.IndexFunc(cycle, g.hasLifecycle))]
		path := strings.Join(names, " -> ")
		problems = append(problems, field.Invalid(at.of(g.nodes[speaker].name), path,
			"the containers wait for one another in a cycle: remove one of these dependencies"))
	}
	return problems
}

func (g *Graph) hasLifecycle(i int) bool {
	return i < len(g.plan.Containers) && g.plan.Containers[i].Lifecycle != nil
}

// targets has the containers of a plan by name, grouped by their role as the target of an edge.
type targets struct {
	regular map[string]*PlannedContainer
	native  map[string]bool
	initial map[string]bool
}

func newTargets(plan *Plan) targets {
	t := targets{regular: map[string]*PlannedContainer{}, native: map[string]bool{}, initial: map[string]bool{}}
	for i := range plan.Containers {
		t.regular[plan.Containers[i].Name] = &plan.Containers[i]
	}
	for _, c := range plan.InitContainers {
		if c.Native {
			t.native[c.Name] = true
		} else {
			t.initial[c.Name] = true
		}
	}
	return t
}

func byName(containers []PlannedContainer) []*PlannedContainer {
	sorted := make([]*PlannedContainer, len(containers))
	for i := range containers {
		sorted[i] = &containers[i]
	}
	slices.SortStableFunc(sorted, func(a, b *PlannedContainer) int { return strings.Compare(a.Name, b.Name) })
	return sorted
}
