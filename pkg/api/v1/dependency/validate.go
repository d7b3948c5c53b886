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

// validate adds all problems of the plan except cycles. It sorts them by container name, so that the message does not depend
// on the order of the pod's container list.
func validate(plan *Plan, at places, problems *problemList) {
	v := validation{plan: plan, targets: newTargets(plan), problems: problems}
	sidecars := 0
	for _, c := range byName(plan.Containers) {
		if c.Lifecycle == nil {
			continue
		}
		if c.Lifecycle.isSidecar() {
			sidecars++
		}
		v.lifecycle(c, at.of(c.Name))
	}
	if sidecars > 0 && sidecars == len(plan.Containers) {
		problems.add(func() *field.Error {
			return field.Invalid(at.containers(), sidecars,
				"every container is a Sidecar, so the pod would be complete before it began: leave at least one container Standard")
		})
	}
}

// validation is the state of one call of validate.
type validation struct {
	plan     *Plan
	targets  targets
	problems *problemList
}

// invalid adds a problem with a value of the user.
func (v *validation) invalid(path func() *field.Path, value, detail string) {
	v.problems.add(func() *field.Error { return field.Invalid(path(), shorten(value, maxValueBytes), detail) })
}

func (v *validation) required(path func() *field.Path, detail string) {
	v.problems.add(func() *field.Error { return field.Required(path(), detail) })
}

func (v *validation) duplicate(path func() *field.Path, value string) {
	v.problems.add(func() *field.Error { return field.Duplicate(path(), shorten(value, maxValueBytes)) })
}

func (v *validation) lifecycle(c *PlannedContainer, path *field.Path) {
	if t := c.Lifecycle.Type; t != "" && !slices.Contains(supportedTypes, t) {
		v.problems.add(func() *field.Error {
			return field.NotSupported(path.Child("type"), shorten(string(t), maxValueBytes), supportedTypes)
		})
	}
	seen := map[string]bool{}
	for i := range c.Lifecycle.DependsOn {
		d := &c.Lifecycle.DependsOn[i]
		entry := func(child string) func() *field.Path {
			return func() *field.Path { return path.Child("dependsOn").Index(i).Child(child) }
		}
		if seen[d.Container] {
			v.duplicate(entry("container"), d.Container)
			continue
		}
		seen[d.Container] = true
		v.dependency(c, d, entry)
	}
	seen = map[string]bool{}
	for i, name := range c.Lifecycle.Before {
		entry := func() *field.Path { return path.Child("before").Index(i) }
		switch {
		case seen[name]:
			v.duplicate(entry, name)
		case name == "":
			v.required(entry, "name a container, or use \"*\" for every Standard container")
		case name == c.Name:
			v.invalid(entry, name, "a container cannot be before itself: remove the entry")
		case v.targets.initial[name] || v.targets.native[name]:
			v.invalid(entry, name, "an init container starts before every regular container and cannot wait for one: remove the entry")
		}
		seen[name] = true
	}
	if t := c.Lifecycle.StopTimeoutSeconds; t != nil && (*t < 1 || *t > v.plan.GracePeriodSeconds) {
		v.problems.add(func() *field.Error {
			return field.Invalid(path.Child("stopTimeoutSeconds"), *t, fmt.Sprintf(
				"must be at least 1 and at most the pod's terminationGracePeriodSeconds, which is %d", v.plan.GracePeriodSeconds))
		})
	}
}

// dependency takes the paths of the entry's fields as functions, because most entries have no problems to report.
func (v *validation) dependency(c *PlannedContainer, d *Dependency, entry func(child string) func() *field.Path) {
	if d.Condition != "" && !slices.Contains(supportedConditions, d.Condition) {
		v.problems.add(func() *field.Error {
			return field.NotSupported(entry("condition")(), shorten(string(d.Condition), maxValueBytes), supportedConditions)
		})
	}
	target, regular := v.targets.regular[d.Container]
	native := v.targets.native[d.Container]
	switch {
	case d.Container == "":
		v.required(entry("container"), "name the container to wait for")
	case d.Container == c.Name:
		v.invalid(entry("container"), d.Container, "a container cannot depend on itself: remove the entry")
	case regular || native:
		v.end(c, d, target, entry)
	case v.targets.initial[d.Container] && !d.Optional:
		v.invalid(entry("container"), d.Container,
			"init containers have all finished before a regular container starts: remove the entry")
	case !d.Optional:
		v.invalid(entry("container"), d.Container,
			"the pod has no such container: correct the name, or set optional: true if it may be absent")
	}
}

// end validates the conditions that wait for the end of a container. The target is nil for a native sidecar.
func (v *validation) end(c *PlannedContainer, d *Dependency, target *PlannedContainer, entry func(child string) func() *field.Path) {
	condition := d.condition()
	if condition != Completed && condition != Succeeded {
		return
	}
	if target == nil || v.plan.effectiveRestartPolicy(target) == v1.RestartPolicyAlways {
		v.invalid(entry("condition"), string(condition), fmt.Sprintf(
			"%q is restarted whenever it exits (restartPolicy Always) and never completes: "+
				"wait for Started or Ready, or give it another restartPolicy", shorten(d.Container, maxNameBytes)))
	}
	if c.Lifecycle.isSidecar() && target != nil && !target.Lifecycle.isSidecar() {
		v.invalid(entry("condition"), string(condition), fmt.Sprintf(
			"the Sidecar would wait for the end of the Standard container %q, which it is to serve: "+
				"wait for Started or Ready, or make one of them another type", shorten(d.Container, maxNameBytes)))
	}
}

// cycles reports each strongly connected component of the explicit edges as one path: the shortest cycle through the
// component's first container by name. It reports the path at the first container of the path that has a lifecycle.
func cycles(g *Graph, at places, problems *problemList) {
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
		problems.add(func() *field.Error {
			cycle := g.shortestCycle(first)
			speaker := cycle[max(0, slices.IndexFunc(cycle, g.hasLifecycle))]
			return field.Invalid(at.of(g.nodes[speaker].name), g.path(cycle),
				"the containers wait for one another in a cycle: remove one of these dependencies")
		})
	}
}

// path returns the names of the cycle's containers. It leaves out those in the middle of a long cycle.
func (g *Graph) path(cycle []int) string {
	var names []string
	left := 0
	for k, i := range cycle {
		switch {
		case k < MaxTextNames || k == len(cycle)-1:
			names = append(names, shorten(g.nodes[i].name, maxNameBytes))
		default:
			left++
		}
	}
	if left > 0 {
		names[len(names)-1] = fmt.Sprintf("(%d more) -> %s", left, names[len(names)-1])
	}
	return strings.Join(names, " -> ")
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
