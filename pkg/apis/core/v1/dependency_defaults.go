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
}

// setContainerOrderDefaults sets the defaults of a regular container. Other containers must not have the fields: validation
// rejects them as they were written.
func setContainerOrderDefaults(c *v1.Container) {
	if c.Lifecycle == nil {
		return
	}
	for i := range c.Lifecycle.DependsOn {
		if d := &c.Lifecycle.DependsOn[i]; d.Condition == "" {
			d.Condition = v1.ContainerDependencyReady
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
