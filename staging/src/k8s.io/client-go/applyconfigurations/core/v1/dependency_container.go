// SPDX-License-Identifier: Apache-2.0

package v1

import (
	corev1 "k8s.io/api/core/v1"
)

// ContainerDependencyApplyConfiguration is a declarative configuration of v1.ContainerDependency, an entry of dependsOn or
// before, for use with apply.
type ContainerDependencyApplyConfiguration struct {
	// Container is the name of a container. Exactly one of Container and Type must be set.
	Container *string `json:"container,omitempty"`
	// Type selects all other containers of this type.
	Type *corev1.LifecycleType `json:"type,omitempty"`
	// Condition is what must be true of a container before the container that waits for it starts.
	Condition *corev1.ContainerDependencyCondition `json:"condition,omitempty"`
	// Optional means that this entry is ignored if the pod has no such container.
	Optional *bool `json:"optional,omitempty"`
}

// ContainerDependency returns an empty declarative configuration. Use the With functions to fill it.
func ContainerDependency() *ContainerDependencyApplyConfiguration {
	return &ContainerDependencyApplyConfiguration{}
}

// WithContainer sets the name of the container and returns the receiver, so that calls can be chained.
func (b *ContainerDependencyApplyConfiguration) WithContainer(value string) *ContainerDependencyApplyConfiguration {
	b.Container = &value
	return b
}

// WithType sets the type and returns the receiver, so that calls can be chained.
func (b *ContainerDependencyApplyConfiguration) WithType(value corev1.LifecycleType) *ContainerDependencyApplyConfiguration {
	b.Type = &value
	return b
}

// WithCondition sets the condition and returns the receiver, so that calls can be chained.
func (b *ContainerDependencyApplyConfiguration) WithCondition(
	value corev1.ContainerDependencyCondition,
) *ContainerDependencyApplyConfiguration {
	b.Condition = &value
	return b
}

// WithOptional sets whether the container may be missing and returns the receiver, so that calls can be chained.
func (b *ContainerDependencyApplyConfiguration) WithOptional(value bool) *ContainerDependencyApplyConfiguration {
	b.Optional = &value
	return b
}
