// SPDX-License-Identifier: Apache-2.0

package v1

import (
	corev1 "k8s.io/api/core/v1"
)

// lifecycleOrder has the ordering fields of v1.Lifecycle, for use with apply.
//
//upstream:extend LifecycleApplyConfiguration body=73000f276871ac0e
type lifecycleOrder struct {
	// Type is the role of the container in its pod.
	Type *corev1.LifecycleType `json:"type,omitempty"`
	// DependsOn lists containers that this one waits for.
	DependsOn []ContainerDependencyApplyConfiguration `json:"dependsOn,omitempty"`
	// Before lists containers that wait for this one.
	Before []ContainerDependencyApplyConfiguration `json:"before,omitempty"`
	// PreStopTiming is when the preStop hook runs while the pod terminates.
	PreStopTiming *corev1.PreStopTiming `json:"preStopTiming,omitempty"`
	// StopTimeoutSeconds is the time in seconds that this container may take to stop.
	StopTimeoutSeconds *int64 `json:"stopTimeoutSeconds,omitempty"`
}

// WithType sets the role of the container and returns the receiver, so that calls can be chained.
func (b *LifecycleApplyConfiguration) WithType(value corev1.LifecycleType) *LifecycleApplyConfiguration {
	b.Type = &value
	return b
}

// WithDependsOn appends containers to wait for and returns the receiver, so that calls can be chained. It panics on nil,
// as all such functions do.
func (b *LifecycleApplyConfiguration) WithDependsOn(values ...*ContainerDependencyApplyConfiguration) *LifecycleApplyConfiguration {
	for _, value := range values {
		if value == nil {
			panic("nil value passed to WithDependsOn")
		}
		b.DependsOn = append(b.DependsOn, *value)
	}
	return b
}

// WithBefore appends containers that wait for this one and returns the receiver, so that calls can be chained. It panics on
// nil, as all such functions do.
func (b *LifecycleApplyConfiguration) WithBefore(values ...*ContainerDependencyApplyConfiguration) *LifecycleApplyConfiguration {
	for _, value := range values {
		if value == nil {
			panic("nil value passed to WithBefore")
		}
		b.Before = append(b.Before, *value)
	}
	return b
}

// WithPreStopTiming sets when the preStop hook runs and returns the receiver, so that calls can be chained.
func (b *LifecycleApplyConfiguration) WithPreStopTiming(value corev1.PreStopTiming) *LifecycleApplyConfiguration {
	b.PreStopTiming = &value
	return b
}

// WithStopTimeoutSeconds sets the stop timeout in seconds and returns the receiver, so that calls can be chained.
func (b *LifecycleApplyConfiguration) WithStopTimeoutSeconds(value int64) *LifecycleApplyConfiguration {
	b.StopTimeoutSeconds = &value
	return b
}
