// SPDX-License-Identifier: Apache-2.0

package apifield

import (
	"slices"
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

func TestDependencyWithTypes(t *testing.T) {
	hook := &v1.LifecycleHandler{Sleep: &v1.SleepAction{Seconds: 1}}
	sidecar := ptr.To(v1.LifecycleTypeSidecar)
	containers := []v1.Container{
		{Name: "plain"},
		{Name: "hook", Lifecycle: &v1.Lifecycle{PreStop: hook}},
		{Name: "both", Lifecycle: &v1.Lifecycle{PreStop: hook, Type: sidecar}},
	}
	before := (&v1.PodSpec{Containers: containers}).DeepCopy().Containers
	for name, tt := range map[string]struct {
		sidecars []string
		want     []v1.Container
	}{
		"no Sidecar": {want: []v1.Container{{Name: "plain"}, {Name: "hook", Lifecycle: &v1.Lifecycle{PreStop: hook}},
			{Name: "both", Lifecycle: &v1.Lifecycle{PreStop: hook}}}},
		"not the types of the fields": {sidecars: []string{"plain", "hook"}, want: []v1.Container{
			{Name: "plain", Lifecycle: &v1.Lifecycle{Type: sidecar}}, {Name: "hook", Lifecycle: &v1.Lifecycle{PreStop: hook, Type: sidecar}},
			{Name: "both", Lifecycle: &v1.Lifecycle{PreStop: hook}}}},
		"the types of the fields": {sidecars: []string{"both"}, want: before},
	} {
		t.Run(name, func(t *testing.T) {
			got := WithTypes(containers, func(container string) dependency.Type {
				if slices.Contains(tt.sidecars, container) {
					return dependency.Sidecar
				}
				return dependency.Standard
			})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("WithTypes() (-want +got):\n%s", diff)
			}
			for i := range got {
				if IsSidecar(&got[i]) != slices.Contains(tt.sidecars, got[i].Name) {
					t.Errorf("%q is a Sidecar: %t", got[i].Name, IsSidecar(&got[i]))
				}
			}
			if diff := cmp.Diff(before, containers); diff != "" {
				t.Errorf("WithTypes() changed its argument (-want +got):\n%s", diff)
			}
			if same := &got[0] == &containers[0]; same != (name == "the types of the fields") {
				t.Errorf("WithTypes() returned its argument: %t", same)
			}
		})
	}
}

// TestDependencyConstants: the policy's own constants have the same values as those of the API.
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
