// SPDX-License-Identifier: Apache-2.0

// Package dependencies is what the packages of the kubelet share about container ordering: the one place that asks
// the feature gate, and how the plan that is in force is kept with a sandbox. The policy is in pkg/api/v1/dependency.
package dependencies

import (
	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/features"
)

// PinnedPlanAnnotation is the annotation of a sandbox that holds the plan which was in force when it was created. Its
// last part is no container name, so that a pod which carries it itself is invalid: a user cannot supply the plan.
const PinnedPlanAnnotation = dependency.AnnotationPrefix + "pinned.plan"

// Enabled tells whether this kubelet follows the order of containers.
func Enabled() bool {
	return utilfeature.DefaultFeatureGate.Enabled(features.ContainerDependencies)
}

// EagerProbes tells whether this kubelet probes a container more often while others wait for it.
func EagerProbes() bool {
	return utilfeature.DefaultFeatureGate.Enabled(features.ContainerDependencyEagerProbes)
}

// InUse tells whether this kubelet follows the order of containers and the pod has one.
func InUse(pod *v1.Pod) bool {
	return Enabled() && dependency.InUse(pod)
}
