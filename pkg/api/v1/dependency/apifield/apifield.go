// SPDX-License-Identifier: Apache-2.0

// Package apifield reads the fields of v1.Lifecycle that are about the order of containers. It compiles in the assembled
// tree alone, where v1.Lifecycle has them; the policy in package dependency does not name them.
package apifield

import (
	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

var _ dependency.LifecycleFunc = Lifecycle

// Lifecycle returns what the lifecycle of the container says about ordering, and nil when it says nothing about it: hooks and
// a stop signal do not.
func Lifecycle(c *v1.Container) *dependency.Lifecycle {
	l := c.Lifecycle
	if !inUse(l) {
		return nil
	}
	says := &dependency.Lifecycle{Before: l.Before, StopTimeoutSeconds: l.StopTimeoutSeconds}
	if l.Type != nil {
		says.Type = dependency.Type(*l.Type)
	}
	for _, d := range l.DependsOn {
		says.DependsOn = append(says.DependsOn, dependency.Dependency{
			Container: d.Container,
			Condition: dependency.Condition(d.Condition),
			Optional:  d.Optional != nil && *d.Optional,
		})
	}
	return says
}

// Without returns the containers as if their fields said nothing about ordering. Those that are given are not changed, and
// are returned themselves when none of them does.
func Without(containers []v1.Container) []v1.Container {
	var without []v1.Container
	for i := range containers {
		if !inUse(containers[i].Lifecycle) {
			continue
		}
		if without == nil {
			without = append(without, containers...)
		}
		l := *containers[i].Lifecycle
		l.Type, l.DependsOn, l.Before, l.StopTimeoutSeconds = nil, nil, nil, nil
		without[i].Lifecycle = &l
	}
	if without == nil {
		return containers
	}
	return without
}

func inUse(l *v1.Lifecycle) bool {
	return l != nil && (l.Type != nil || len(l.DependsOn) > 0 || len(l.Before) > 0 || l.StopTimeoutSeconds != nil)
}
