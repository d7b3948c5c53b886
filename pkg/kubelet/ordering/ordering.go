// SPDX-License-Identifier: Apache-2.0

// Package ordering is what the packages of the kubelet share about container ordering: the one place that asks the feature
// gates, and how the plan that is in force is kept with a sandbox. The policy is in pkg/api/v1/dependency.
package ordering

import (
	"slices"

	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/api/v1/dependency/apifield"
	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/util/podstop"
)

// PinnedPlanAnnotation is the annotation of a sandbox that holds the plan which was in force when it was created. Its
// last part is no container name, so that a pod which carries it itself is invalid: a user cannot supply the plan.
const PinnedPlanAnnotation = dependency.AnnotationPrefix + "pinned.plan"

// GracePeriods carries the news that the grace period of a pod has been shortened: upstream's pod worker takes note of that,
// and tells nobody who is stopping the pod.
var GracePeriods podstop.GracePeriods

// Enabled reports whether this kubelet follows the order of containers.
func Enabled() bool {
	return utilfeature.DefaultFeatureGate.Enabled(features.ContainerDependencies)
}

// EagerProbes reports whether this kubelet probes a container more often while others wait for it.
func EagerProbes() bool {
	return utilfeature.DefaultFeatureGate.Enabled(features.ContainerDependencyEagerProbes)
}

// InUse reports whether this kubelet follows the order of containers and the pod has one.
func InUse(pod *v1.Pod) bool {
	return Enabled() && dependency.InUse(pod, apifield.Lifecycle)
}

// Said returns all that the order of the pod is made of as one text: while it stays the same, so does what ForPod returns.
func Said(pod *v1.Pod) string { return dependency.Said(pod, apifield.Lifecycle) }

// ForPod returns the graph of what the pod says, or nil when it says nothing. The error is a *dependency.InvalidError.
func ForPod(pod *v1.Pod) (*dependency.Graph, error) {
	return dependency.ForPod(pod, apifield.Lifecycle)
}

// InForce returns a shallow copy of the pod whose fields have the container types that the plan says, whatever the pod itself
// says by now. A nil plan stands for no order.
func InForce(plan *dependency.Plan, pod *v1.Pod) *v1.Pod {
	typed := *pod
	typed.Spec.Containers = apifield.WithTypes(pod.Spec.Containers, plan.TypeOf)
	return &typed
}

// WithoutSidecars returns a shallow copy of a pod in force that has its Standard containers alone, and false when it has no
// Sidecar or the order of containers is not followed.
func WithoutSidecars(inForce *v1.Pod) (*v1.Pod, bool) {
	if !Enabled() || !slices.ContainsFunc(inForce.Spec.Containers, func(c v1.Container) bool { return apifield.IsSidecar(&c) }) {
		return inForce, false
	}
	standard := *inForce
	standard.Spec.Containers = nil
	for i := range inForce.Spec.Containers {
		if !apifield.IsSidecar(&inForce.Spec.Containers[i]) {
			standard.Spec.Containers = append(standard.Spec.Containers, inForce.Spec.Containers[i])
		}
	}
	return &standard, true
}
