// SPDX-License-Identifier: Apache-2.0

// Package ordering holds what the packages of the kubelet share about container ordering: the only place that checks
// the feature gates, and the annotation that pins the plan in force to a sandbox. The policy is in
// pkg/api/v1/dependency.
package ordering

import (
	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/api/v1/dependency/apifield"
	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/util/podstop"
)

// PinnedPlanAnnotation is the annotation of a sandbox that holds the plan that was in force when it was created. With its
// two slashes it is not a qualified name: neither the API server nor a kubelet accepts a pod that has it. So a user cannot
// supply the plan, nor can a kubelet that copies a pod's annotations to the sandbox and knows nothing of plans.
const PinnedPlanAnnotation = dependency.AnnotationPrefix + "pinned/plan"

// GracePeriods passes shortened grace periods to the stops in progress, which upstream's pod worker does not notify.
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

// Said returns a digest of everything in the pod that determines its order: while it stays the same, so does the result
// of ForPod.
func Said(pod *v1.Pod) string { return dependency.Said(pod, apifield.Lifecycle) }

// ForPod returns the graph that the pod specifies, or nil if it specifies none. The error is a
// *dependency.InvalidError.
func ForPod(pod *v1.Pod) (*dependency.Graph, error) {
	return dependency.ForPod(pod, apifield.Lifecycle)
}

// InForce returns a shallow copy of the pod whose fields have the container types of the plan, whatever the pod itself
// says now. A nil plan means no order.
func InForce(plan *dependency.Plan, pod *v1.Pod) *v1.Pod {
	typed := *pod
	typed.Spec.Containers = apifield.WithTypes(pod.Spec.Containers, plan.TypeOf)
	return &typed
}

// WithoutSidecars returns a shallow copy of a pod with the types in force that has only its Standard containers. It
// returns false if the pod has no Sidecar or this kubelet does not follow the order of containers.
func WithoutSidecars(inForce *v1.Pod) (*v1.Pod, bool) {
	containers := inForce.Spec.Containers
	first := 0
	for first < len(containers) && !apifield.IsSidecar(&containers[first]) {
		first++
	}
	if first == len(containers) || !Enabled() {
		return inForce, false
	}
	standard := *inForce
	// With this capacity, append does not write into the pod's own list.
	standard.Spec.Containers = containers[:first:first]
	for i := first + 1; i < len(containers); i++ {
		if !apifield.IsSidecar(&containers[i]) {
			standard.Spec.Containers = append(standard.Spec.Containers, containers[i])
		}
	}
	return &standard, true
}
