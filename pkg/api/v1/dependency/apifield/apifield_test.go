// SPDX-License-Identifier: Apache-2.0

package apifield

import (
	"encoding/json"
	"reflect"
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
		"empty lists": {lifecycle: &v1.Lifecycle{DependsOn: []v1.ContainerDependency{}, Before: []v1.ContainerDependency{}}},
		"a hook and a signal": {lifecycle: &v1.Lifecycle{
			PreStop:    &v1.LifecycleHandler{Sleep: &v1.SleepAction{Seconds: 1}},
			StopSignal: ptr.To(v1.SIGTERM),
		}},
		"a type": {
			lifecycle: &v1.Lifecycle{Type: ptr.To(v1.LifecycleTypeStandard)},
			want:      &dependency.Lifecycle{Type: dependency.Standard},
		},
		"a timing": {
			lifecycle: &v1.Lifecycle{PreStopTiming: ptr.To(v1.PreStopTimingInTurn)},
			want:      &dependency.Lifecycle{PreStopTiming: dependency.InTurn},
		},
		"all": {
			lifecycle: &v1.Lifecycle{
				Type: ptr.To(v1.LifecycleTypeSidecar),
				DependsOn: []v1.ContainerDependency{
					{Container: "a"},
					{Container: "b", Condition: v1.ContainerDependencySucceeded, Optional: ptr.To(true)},
					{Container: "c", Condition: v1.ContainerDependencyStarted, Optional: ptr.To(false)},
				},
				Before: []v1.ContainerDependency{
					{Container: "d", Optional: ptr.To(true)},
					{Type: v1.LifecycleTypeStandard, Condition: v1.ContainerDependencyNone},
				},
				PreStopTiming:      ptr.To(v1.PreStopTimingAtTermination),
				StopTimeoutSeconds: ptr.To[int64](0),
			},
			want: &dependency.Lifecycle{
				Type: dependency.Sidecar,
				DependsOn: []dependency.Dependency{
					{Container: "a"},
					{Container: "b", Condition: dependency.Succeeded, Optional: true},
					{Container: "c", Condition: dependency.Started},
				},
				Before: []dependency.Dependency{
					{Container: "d", Optional: true},
					{Type: dependency.Standard, Condition: dependency.None},
				},
				PreStopTiming:      dependency.AtTermination,
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

// TestDependencyLifecycleIsWhole: the JSON of a field is that of the annotation which says the same, so no part is left out.
func TestDependencyLifecycleIsWhole(t *testing.T) {
	entry := v1.ContainerDependency{
		Container: "a", Type: v1.LifecycleTypeSidecar, Condition: v1.ContainerDependencyStarted, Optional: ptr.To(true),
	}
	l := &v1.Lifecycle{
		Type: ptr.To(v1.LifecycleTypeSidecar), DependsOn: []v1.ContainerDependency{entry}, Before: []v1.ContainerDependency{entry},
		PreStopTiming: ptr.To(v1.PreStopTimingInTurn), StopTimeoutSeconds: ptr.To[int64](5),
	}
	for _, value := range []reflect.Value{reflect.ValueOf(*l), reflect.ValueOf(entry)} {
		for i := range value.NumField() {
			name := value.Type().Field(i).Name
			if hook := name == "PostStart" || name == "PreStop" || name == "StopSignal"; !hook && value.Field(i).IsZero() {
				t.Errorf("the lifecycle of this test does not set %s", name)
			}
		}
	}
	want, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(Lifecycle(&v1.Container{Lifecycle: l}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("JSON (-field +annotation):\n%s", diff)
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
		string(dependency.Standard):      string(v1.LifecycleTypeStandard),
		string(dependency.Sidecar):       string(v1.LifecycleTypeSidecar),
		string(dependency.Started):       string(v1.ContainerDependencyStarted),
		string(dependency.Ready):         string(v1.ContainerDependencyReady),
		string(dependency.Completed):     string(v1.ContainerDependencyCompleted),
		string(dependency.Succeeded):     string(v1.ContainerDependencySucceeded),
		string(dependency.None):          string(v1.ContainerDependencyNone),
		string(dependency.InTurn):        string(v1.PreStopTimingInTurn),
		string(dependency.AtTermination): string(v1.PreStopTimingAtTermination),
	} {
		if got != want {
			t.Errorf("the API says %q where the policy says %q", got, want)
		}
	}
}
