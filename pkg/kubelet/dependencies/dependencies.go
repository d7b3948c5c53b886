// SPDX-License-Identifier: Apache-2.0

// Package dependencies is what the packages of the kubelet share about container ordering: the one place that asks
// the feature gate, and how the plan that is in force is kept with a sandbox. The policy is in pkg/api/v1/dependency.
package dependencies

import (
	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/api/v1/dependency/apifield"
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
	return Enabled() && dependency.InUse(pod, apifield.Lifecycle)
}

// FromPod reads what the fields and the annotations of the pod say, valid or not. The plan is nil when they say nothing.
func FromPod(pod *v1.Pod) *dependency.Plan {
	plan, _ := dependency.FromPod(pod, apifield.Lifecycle)
	return plan
}

// ForPod returns the graph of what the pod says, or nil when it says nothing. The error is a *dependency.InvalidError.
func ForPod(pod *v1.Pod) (*dependency.Graph, error) {
	return dependency.ForPod(pod, apifield.Lifecycle)
}

// Apply returns a shallow copy of the pod that says what the plan says, in annotations alone, whatever the pod itself says
// by now. A nil plan stands for no order.
func Apply(plan *dependency.Plan, pod *v1.Pod) *v1.Pod {
	applied := plan.Apply(pod)
	applied.Spec.Containers = apifield.Without(pod.Spec.Containers)
	applied.Spec.InitContainers = apifield.Without(pod.Spec.InitContainers)
	return applied
}
