// SPDX-License-Identifier: Apache-2.0

package applyconfigurations

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
)

func TestDependencyForKind(t *testing.T) {
	if got, ok := ForKind(
		corev1.SchemeGroupVersion.WithKind("ContainerDependency"),
	).(*applycorev1.ContainerDependencyApplyConfiguration); !ok {
		t.Errorf("got %T for a ContainerDependency", got)
	}
	if got, ok := ForKind(corev1.SchemeGroupVersion.WithKind("Lifecycle")).(*applycorev1.LifecycleApplyConfiguration); !ok {
		t.Errorf("got %T for a Lifecycle", got)
	}
	if got := ForKind(corev1.SchemeGroupVersion.WithKind("Nothing")); got != nil {
		t.Errorf("got %T for an unknown kind, want nil", got)
	}
}

// An apply configuration has the same JSON encoding as the type.
func TestDependencyApplyConfigurationJSON(t *testing.T) {
	typed := corev1.Lifecycle{
		StopSignal: new(corev1.Signal("SIGINT")),
		Type:       new(corev1.LifecycleTypeSidecar),
		DependsOn: []corev1.ContainerDependency{
			{Container: "a", Condition: corev1.ContainerDependencyStarted, Optional: new(false)},
			{Type: corev1.LifecycleTypeStandard, Condition: corev1.ContainerDependencyNone},
		},
		Before:             []corev1.ContainerDependency{{Container: "c"}, {Type: corev1.LifecycleTypeSidecar}},
		PreStopTiming:      new(corev1.PreStopTimingInTurn),
		StopTimeoutSeconds: new(int64(5)),
	}
	entry := applycorev1.ContainerDependency
	applied := applycorev1.Lifecycle().WithStopSignal("SIGINT").WithType(corev1.LifecycleTypeSidecar).
		WithDependsOn(entry().WithContainer("a").WithCondition(corev1.ContainerDependencyStarted).WithOptional(false)).
		WithDependsOn(entry().WithType(corev1.LifecycleTypeStandard).WithCondition(corev1.ContainerDependencyNone)).
		WithBefore(entry().WithContainer("c")).WithBefore(entry().WithType(corev1.LifecycleTypeSidecar)).
		WithPreStopTiming(corev1.PreStopTimingInTurn).WithStopTimeoutSeconds(5)
	want, err := json.Marshal(typed)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(applied)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("JSON (-type +apply configuration):\n%s", diff)
	}
}

// The ordering fields that an applier owns can be extracted from a pod.
func TestDependencyExtract(t *testing.T) {
	pod := &corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Name: "web", ManagedFields: []metav1.ManagedFieldsEntry{{
			Manager: "mesh", Operation: metav1.ManagedFieldsOperationApply, APIVersion: "v1", FieldsType: "FieldsV1",
			FieldsV1: &metav1.FieldsV1{Raw: []byte(`{"f:spec":{"f:containers":{"k:{\"name\":\"app\"}":{".":{},"f:name":{},"f:lifecycle":` +
				`{"f:before":{"k:{\"container\":\"\",\"type\":\"Standard\"}":{".":{},"f:type":{}}},` +
				`"f:dependsOn":{"k:{\"container\":\"proxy\",\"type\":\"\"}":{".":{},"f:container":{},"f:optional":{}}}}}}}}`)},
		}}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Lifecycle: &corev1.Lifecycle{
			Type:      new(corev1.LifecycleTypeStandard),
			DependsOn: []corev1.ContainerDependency{{Container: "certs"}, {Container: "proxy", Optional: new(true)}},
			Before:    []corev1.ContainerDependency{{Container: "a"}, {Type: corev1.LifecycleTypeStandard}},
		}}}},
	}
	got, err := applycorev1.ExtractPod(pod, "mesh")
	if err != nil {
		t.Fatal(err)
	}
	want := applycorev1.Lifecycle().WithBefore(applycorev1.ContainerDependency().WithType(corev1.LifecycleTypeStandard)).
		WithDependsOn(applycorev1.ContainerDependency().WithContainer("proxy").WithOptional(true))
	if diff := cmp.Diff(want, got.Spec.Containers[0].Lifecycle); diff != "" {
		t.Errorf("extracted (-want +got):\n%s", diff)
	}
}
