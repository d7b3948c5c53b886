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

// IsSidecar reports whether the field of the container says that it is a Sidecar.
func IsSidecar(c *v1.Container) bool {
	return c.Lifecycle != nil && c.Lifecycle.Type != nil && *c.Lifecycle.Type == v1.LifecycleTypeSidecar
}

// WithTypes returns the containers with fields that say of each whether it is a Sidecar, as typeOf has it by name. Those that
// are given are not changed, and are returned themselves when their fields say so already.
func WithTypes(containers []v1.Container, typeOf func(container string) dependency.Type) []v1.Container {
	var typed []v1.Container
	for i := range containers {
		sidecar := typeOf(containers[i].Name) == dependency.Sidecar
		if sidecar == IsSidecar(&containers[i]) {
			continue
		}
		if typed == nil {
			typed = append(typed, containers...)
		}
		var l v1.Lifecycle
		if containers[i].Lifecycle != nil {
			l = *containers[i].Lifecycle
		}
		l.Type = nil
		if sidecar {
			t := v1.LifecycleTypeSidecar
			l.Type = &t
		}
		typed[i].Lifecycle = &l
	}
	if typed == nil {
		return containers
	}
	return typed
}

func inUse(l *v1.Lifecycle) bool {
	return l != nil && (l.Type != nil || len(l.DependsOn) > 0 || len(l.Before) > 0 || l.StopTimeoutSeconds != nil)
}
