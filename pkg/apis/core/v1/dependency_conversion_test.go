// SPDX-License-Identifier: Apache-2.0

package v1_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
)

// Upstream's conversions cast one struct to the other, so both must have the same memory layout, all the way down.
func TestDependencyTypesHaveOneLayout(t *testing.T) {
	compareLayout(t, "Lifecycle", reflect.TypeFor[v1.Lifecycle](), reflect.TypeFor[core.Lifecycle](), map[reflect.Type]bool{})
	compareLayout(t, "ContainerDependency",
		reflect.TypeFor[v1.ContainerDependency](), reflect.TypeFor[core.ContainerDependency](), map[reflect.Type]bool{})
}

func compareLayout(t *testing.T, path string, external, internal reflect.Type, seen map[reflect.Type]bool) {
	if seen[external] {
		return
	}
	seen[external] = true
	if external.Kind() != internal.Kind() || external.Size() != internal.Size() {
		t.Errorf("%s: %s of %d bytes and %s of %d bytes", path, external.Kind(), external.Size(), internal.Kind(), internal.Size())
		return
	}
	switch external.Kind() {
	case reflect.Pointer, reflect.Slice:
		compareLayout(t, path, external.Elem(), internal.Elem(), seen)
	case reflect.Struct:
		if external.NumField() != internal.NumField() {
			t.Errorf("%s: %d fields and %d fields", path, external.NumField(), internal.NumField())
			return
		}
		for i := range external.NumField() {
			a, b := external.Field(i), internal.Field(i)
			if a.Name != b.Name || a.Offset != b.Offset {
				t.Errorf("%s: field %d is %s at %d and %s at %d", path, i, a.Name, a.Offset, b.Name, b.Offset)
			}
			compareLayout(t, path+"."+a.Name, a.Type, b.Type, seen)
		}
	}
}

func TestDependencyConversion(t *testing.T) {
	external := &v1.Pod{Spec: v1.PodSpec{Containers: []v1.Container{{Name: "app", Lifecycle: &v1.Lifecycle{
		Type:               new(v1.LifecycleTypeSidecar),
		DependsOn:          []v1.ContainerDependency{{Container: "certs", Condition: v1.ContainerDependencySucceeded, Optional: new(true)}},
		Before:             []v1.ContainerDependency{{Type: v1.LifecycleTypeStandard, Condition: v1.ContainerDependencyNone}},
		PreStopTiming:      new(v1.PreStopTimingAtTermination),
		StopTimeoutSeconds: new(int64(5)),
	}}}}}
	want := &core.Lifecycle{
		Type:               new(core.LifecycleTypeSidecar),
		DependsOn:          []core.ContainerDependency{{Container: "certs", Condition: core.ContainerDependencySucceeded, Optional: new(true)}},
		Before:             []core.ContainerDependency{{Type: core.LifecycleTypeStandard, Condition: core.ContainerDependencyNone}},
		PreStopTiming:      new(core.PreStopTimingAtTermination),
		StopTimeoutSeconds: new(int64(5)),
	}
	var internal core.Pod
	if err := legacyscheme.Scheme.Convert(external, &internal, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, internal.Spec.Containers[0].Lifecycle); diff != "" {
		t.Errorf("internal lifecycle (-want +got):\n%s", diff)
	}
	var back v1.Pod
	if err := legacyscheme.Scheme.Convert(&internal, &back, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(external.Spec.Containers[0].Lifecycle, back.Spec.Containers[0].Lifecycle); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
}

// The scheme can also convert a single ContainerDependency, as it can convert upstream's types.
func TestDependencyConversionOfTypes(t *testing.T) {
	external := &v1.ContainerDependency{
		Container: "certs", Type: v1.LifecycleTypeSidecar, Condition: v1.ContainerDependencyCompleted, Optional: new(true),
	}
	var internal core.ContainerDependency
	if err := legacyscheme.Scheme.Convert(external, &internal, nil); err != nil {
		t.Fatal(err)
	}
	var back v1.ContainerDependency
	if err := legacyscheme.Scheme.Convert(&internal, &back, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(external, &back); diff != "" || internal.Container != "certs" ||
		internal.Type != core.LifecycleTypeSidecar ||
		internal.Condition != core.ContainerDependencyCompleted {
		t.Errorf("round trip through %v (-want +got):\n%s", internal, diff)
	}
}
