// SPDX-License-Identifier: Apache-2.0

package openapi

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
)

// Policies that know nothing of one another add entries to the lists of one container by ApplyConfiguration, whatever their
// order. Other than atomic lists, these may be mutated so.
func TestDependencyMutatingAdmissionPolicies(t *testing.T) {
	converter, err := managedfields.NewTypeConverter(openAPISpec(), false)
	if err != nil {
		t.Fatal(err)
	}
	mutate := func(t *testing.T, pod *v1.Pod, l *applycorev1.LifecycleApplyConfiguration) *v1.Pod {
		t.Helper()
		object, err := patch.ApplyStructuredMergeDiff(converter, pod, lifecycleOf(t, l).(*unstructured.Unstructured))
		if err != nil {
			t.Fatal(err)
		}
		mutated := &v1.Pod{}
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
		if err != nil {
			t.Fatal(err)
		}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, mutated); err != nil {
			t.Fatal(err)
		}
		return mutated
	}
	mesh := applycorev1.Lifecycle().WithType(v1.LifecycleTypeSidecar).WithDependsOn(byName("certs").WithOptional(true)).
		WithBefore(byType(v1.LifecycleTypeSidecar))
	discovery := applycorev1.Lifecycle().WithDependsOn(byType(v1.LifecycleTypeStandard)).WithBefore(byName("b"))
	// An empty key and an absent one are the same, also in an object that the API server has decoded.
	again := applycorev1.Lifecycle().WithDependsOn(byName("owner").WithType("").WithCondition(v1.ContainerDependencyStarted))
	want := v1.Lifecycle{
		Type: new(v1.LifecycleTypeSidecar),
		DependsOn: []v1.ContainerDependency{
			{Type: v1.LifecycleTypeStandard}, {Container: "certs", Optional: new(true)},
			{Container: "owner", Condition: v1.ContainerDependencyStarted},
		},
		Before: []v1.ContainerDependency{{Type: v1.LifecycleTypeSidecar}, {Type: v1.LifecycleTypeStandard}, {Container: "b"}},
	}
	for name, policies := range map[string][]*applycorev1.LifecycleApplyConfiguration{
		"mesh first":      {mesh, discovery, again},
		"discovery first": {again, discovery, mesh},
	} {
		t.Run(name, func(t *testing.T) {
			pod := &v1.Pod{Spec: v1.PodSpec{Containers: []v1.Container{{Name: "app", Lifecycle: &v1.Lifecycle{
				DependsOn: []v1.ContainerDependency{{Container: "owner"}}, Before: []v1.ContainerDependency{{Type: v1.LifecycleTypeStandard}},
			}}}}}
			pod.SetGroupVersionKind(v1.SchemeGroupVersion.WithKind("Pod"))
			for _, l := range policies {
				pod = mutate(t, pod, l)
				pod.SetGroupVersionKind(v1.SchemeGroupVersion.WithKind("Pod"))
			}
			got := pod.Spec.Containers[0].Lifecycle
			entries(got.DependsOn)
			entries(got.Before)
			if diff := gocmp.Diff(&want, got); diff != "" {
				t.Errorf("lifecycle (-want +got):\n%s", diff)
			}
		})
	}
}
