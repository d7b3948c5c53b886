// SPDX-License-Identifier: Apache-2.0

// Package apifield reads the ordering fields of v1.Lifecycle. It compiles only in the assembled tree, where v1.Lifecycle
// has these fields; package dependency does not refer to them.
package apifield

import (
	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

var _ dependency.LifecycleFunc = Lifecycle

// Lifecycle returns the ordering part of the container's lifecycle field. It returns nil if no ordering field is set: hooks
// and a stop signal do not count.
func Lifecycle(c *v1.Container) *dependency.Lifecycle {
	l := c.Lifecycle
	if !inUse(l) {
		return nil
	}
	says := &dependency.Lifecycle{
		DependsOn: entries(l.DependsOn), Before: entries(l.Before), StopTimeoutSeconds: l.StopTimeoutSeconds,
	}
	if l.Type != nil {
		says.Type = dependency.Type(*l.Type)
	}
	if l.PreStopTiming != nil {
		says.PreStopTiming = dependency.PreStopTiming(*l.PreStopTiming)
	}
	return says
}

func entries(list []v1.ContainerDependency) []dependency.Dependency {
	var entries []dependency.Dependency
	for _, d := range list {
		entries = append(entries, dependency.Dependency{
			Container: d.Container,
			Type:      dependency.Type(d.Type),
			Condition: dependency.Condition(d.Condition),
			Optional:  d.Optional != nil && *d.Optional,
		})
	}
	return entries
}

// IsSidecar reports whether the container's lifecycle type is Sidecar.
func IsSidecar(c *v1.Container) bool {
	return c.Lifecycle != nil && c.Lifecycle.Type != nil && *c.Lifecycle.Type == v1.LifecycleTypeSidecar
}

// WithTypes returns the containers with their lifecycle types set to Sidecar or unset, as typeOf returns for their names. It
// does not modify the given slice, and returns it unchanged if all types are already right.
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
	return l != nil && (l.Type != nil || len(l.DependsOn) > 0 || len(l.Before) > 0 || l.PreStopTiming != nil || l.StopTimeoutSeconds != nil)
}
