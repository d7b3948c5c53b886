// SPDX-License-Identifier: Apache-2.0

package apifield

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

func TestDependencyLifecycle(t *testing.T) {
	cases := map[string]struct {
		lifecycle *v1.Lifecycle
		want      *dependency.Lifecycle
	}{
		"none":        {},
		"empty":       {lifecycle: &v1.Lifecycle{}},
		"empty lists": {lifecycle: &v1.Lifecycle{DependsOn: []v1.ContainerDependency{}, Before: []string{}}},
		"a hook and a signal": {lifecycle: &v1.Lifecycle{
			PreStop:    &v1.LifecycleHandler{Sleep: &v1.SleepAction{Seconds: 1}},
			StopSignal: ptr.To(v1.SIGTERM),
		}},
		"a type": {
			lifecycle: &v1.Lifecycle{Type: ptr.To(v1.LifecycleTypeStandard)},
			want:      &dependency.Lifecycle{Type: dependency.Standard},
		},
		"all": {
			lifecycle: &v1.Lifecycle{
				Type: ptr.To(v1.LifecycleTypeSidecar),
				DependsOn: []v1.ContainerDependency{
					{Container: "a"},
					{Container: "b", Condition: v1.ContainerDependencySucceeded, Optional: ptr.To(true)},
					{Container: "c", Condition: v1.ContainerDependencyStarted, Optional: ptr.To(false)},
				},
				Before:             []string{"d", "*"},
				StopTimeoutSeconds: ptr.To[int64](0),
			},
			want: &dependency.Lifecycle{
				Type: dependency.Sidecar,
				DependsOn: []dependency.Dependency{
					{Container: "a"},
					{Container: "b", Condition: dependency.Succeeded, Optional: true},
					{Container: "c", Condition: dependency.Started},
				},
				Before:             []string{"d", dependency.Wildcard},
				StopTimeoutSeconds: ptr.To[int64](0),
			},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := Lifecycle(&v1.Container{Lifecycle: c.lifecycle})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("Lifecycle() (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDependencyWithout(t *testing.T) {
	hook := &v1.LifecycleHandler{Sleep: &v1.SleepAction{Seconds: 1}}
	containers := []v1.Container{
		{Name: "plain"},
		{Name: "hook", Lifecycle: &v1.Lifecycle{PreStop: hook}},
		{Name: "both", Lifecycle: &v1.Lifecycle{
			PreStop: hook, Type: ptr.To(v1.LifecycleTypeSidecar), DependsOn: []v1.ContainerDependency{{Container: "plain"}},
			Before: []string{"*"}, StopTimeoutSeconds: ptr.To[int64](1),
		}},
	}
	before := (&v1.PodSpec{Containers: containers}).DeepCopy().Containers
	want := []v1.Container{
		{Name: "plain"},
		{Name: "hook", Lifecycle: &v1.Lifecycle{PreStop: hook}},
		{Name: "both", Lifecycle: &v1.Lifecycle{PreStop: hook}},
	}
	if diff := cmp.Diff(want, Without(containers)); diff != "" {
		t.Errorf("Without() (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, containers); diff != "" {
		t.Errorf("the containers themselves were changed (-want +got):\n%s", diff)
	}
	if same := Without(containers[:2]); &same[0] != &containers[0] {
		t.Error("containers without an order were copied")
	}
}

// TestDependencyConstants: the policy has names of its own for what the API names.
func TestDependencyConstants(t *testing.T) {
	for want, got := range map[string]string{
		string(dependency.Standard):  string(v1.LifecycleTypeStandard),
		string(dependency.Sidecar):   string(v1.LifecycleTypeSidecar),
		string(dependency.Started):   string(v1.ContainerDependencyStarted),
		string(dependency.Ready):     string(v1.ContainerDependencyReady),
		string(dependency.Completed): string(v1.ContainerDependencyCompleted),
		string(dependency.Succeeded): string(v1.ContainerDependencySucceeded),
	} {
		if got != want {
			t.Errorf("the API says %q where the policy says %q", got, want)
		}
	}
}
