// SPDX-License-Identifier: Apache-2.0

package v1

import (
	corev1 "k8s.io/api/core/v1"
)

// ContainerDependencyApplyConfiguration is a declarative configuration of v1.ContainerDependency, a container that another
// container of the same pod waits for, for use with apply.
type ContainerDependencyApplyConfiguration struct {
	// Container is the name of the container to wait for.
	Container *string `json:"container,omitempty"`
	// Condition is what must be true of that container.
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
