// SPDX-License-Identifier: Apache-2.0

package v1

import (
	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"

	"k8s.io/kubernetes/pkg/features"
)

// SetDefaults_PodSpec also sets the defaults of container ordering, in pods and in pod templates.
//
//upstream:wrap SetDefaults_PodSpec body=157678fa64b1ae98
func SetDefaults_PodSpec(obj *v1.PodSpec) {
	upstreamSetDefaults_PodSpec(obj)
	if !utilfeature.DefaultFeatureGate.Enabled(features.ContainerDependencies) {
		return
	}
	for i := range obj.Containers {
		setContainerOrderDefaults(&obj.Containers[i])
	}
	for i := range obj.InitContainers {
		// Validation refuses the fields of other init containers, as they were written.
		if c := &obj.InitContainers[i]; c.RestartPolicy != nil && *c.RestartPolicy == v1.ContainerRestartPolicyAlways {
			setContainerOrderDefaults(c)
		}
	}
}

// setContainerOrderDefaults sets the defaults of a regular container or a native sidecar.
//
// It leaves the type, the timing of the preStop hook and the stop timeout unset. Set defaults would make each container that
// only has a hook use ordering. What they mean depends on the list that the container is in and on the grace period, and a
// webhook may still change both after defaulting.
func setContainerOrderDefaults(c *v1.Container) {
	if c.Lifecycle == nil {
		return
	}
	for _, list := range [][]v1.ContainerDependency{c.Lifecycle.DependsOn, c.Lifecycle.Before} {
		for i := range list {
			if list[i].Condition == "" {
				list[i].Condition = v1.ContainerDependencyReady
			}
		}
	}
	// A Sidecar must run as long as the Standard containers do. Without ContainerRestartRules, a regular container must not
	// have its own restart policy.
	isSidecar := c.Lifecycle.Type != nil && *c.Lifecycle.Type == v1.LifecycleTypeSidecar
	if isSidecar && c.RestartPolicy == nil && utilfeature.DefaultFeatureGate.Enabled(features.ContainerRestartRules) {
		always := v1.ContainerRestartPolicyAlways
		c.RestartPolicy = &always
	}
}
