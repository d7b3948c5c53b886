// SPDX-License-Identifier: Apache-2.0

package openapi

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	smd "sigs.k8s.io/structured-merge-diff/v6/schema"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/managedfields/managedfieldstest"
	"k8s.io/client-go/applyconfigurations"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kube-openapi/pkg/schemaconv"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// openAPISpec returns the server's schemas for the definitions, as far as server-side apply needs them.
func openAPISpec() map[string]*spec.Schema {
	schemas := map[string]*spec.Schema{}
	for name, definition := range definitions() {
		schemas[name] = &definition.Schema
	}
	schemas[v1.Pod{}.OpenAPIModelName()].AddExtension("x-kubernetes-group-version-kind",
		[]interface{}{map[string]interface{}{"group": "", "version": "v1", "kind": "Pod"}})
	return schemas
}

// converters returns the type converters that merge applied objects in the API server and in client-go's fake API server.
func converters(t *testing.T) map[string]managedfields.TypeConverter {
	server, err := managedfields.NewTypeConverter(openAPISpec(), false)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]managedfields.TypeConverter{"server": server, "client-go": applyconfigurations.NewTypeConverter(scheme.Scheme)}
}

// lifecycleOf returns an object to apply: a pod whose only container has the lifecycle.
func lifecycleOf(t *testing.T, l *applycorev1.LifecycleApplyConfiguration) runtime.Object {
	pod := applycorev1.Pod("web", "default").WithSpec(
		applycorev1.PodSpec().WithContainers(applycorev1.Container().WithName("app").WithLifecycle(l)),
	)
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(pod)
	if err != nil {
		t.Fatal(err)
	}
	return &unstructured.Unstructured{Object: object}
}

// entries sorts a list, whose order server-side apply does not define.
func entries(list []v1.ContainerDependency) []v1.ContainerDependency {
	slices.SortFunc(list, func(a, b v1.ContainerDependency) int {
		return cmp.Or(cmp.Compare(a.Container, b.Container), cmp.Compare(a.Type, b.Type))
	})
	return list
}

// applied is a pod in memory that appliers apply lifecycles to.
type applied struct {
	managedfieldstest.TestFieldManager
}

func newApplied(converter managedfields.TypeConverter) applied {
	return applied{managedfieldstest.NewTestFieldManager(converter, v1.SchemeGroupVersion.WithKind("Pod"))}
}

func (a applied) apply(t *testing.T, who string, l *applycorev1.LifecycleApplyConfiguration) {
	t.Helper()
	if err := a.Apply(lifecycleOf(t, l), who, false); err != nil {
		t.Fatalf("%s: %v", who, err)
	}
}

func (a applied) check(t *testing.T, want v1.Lifecycle) {
	t.Helper()
	var pod v1.Pod
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(a.Live().(*unstructured.Unstructured).Object, &pod); err != nil {
		t.Fatal(err)
	}
	got := pod.Spec.Containers[0].Lifecycle
	if got == nil {
		got = &v1.Lifecycle{}
	}
	entries(got.DependsOn)
	entries(got.Before)
	if diff := gocmp.Diff(&want, got); diff != "" {
		t.Errorf("lifecycle (-want +got):\n%s", diff)
	}
}

// byName and byType return an entry of an applied list.
func byName(container string) *applycorev1.ContainerDependencyApplyConfiguration {
	return applycorev1.ContainerDependency().WithContainer(container)
}

func byType(kind v1.LifecycleType) *applycorev1.ContainerDependencyApplyConfiguration {
	return applycorev1.ContainerDependency().WithType(kind)
}

// Independent appliers own their entries in both lists of one container, by name and by type, and each can remove only its own.
func TestDependencyServerSideApply(t *testing.T) {
	for name, converter := range converters(t) {
		t.Run(name, func(t *testing.T) {
			pod := newApplied(converter)
			pod.apply(t, "mesh", applycorev1.Lifecycle().WithType(v1.LifecycleTypeSidecar).WithPreStopTiming(v1.PreStopTimingAtTermination).
				WithDependsOn(byName("proxy").WithOptional(true)).
				WithBefore(byName("b"), byType(v1.LifecycleTypeStandard)))
			pod.apply(t, "owner", applycorev1.Lifecycle().WithStopTimeoutSeconds(5).
				WithDependsOn(byName("certs").WithCondition(v1.ContainerDependencySucceeded), byType(v1.LifecycleTypeStandard)).
				WithBefore(byName("a"), byType(v1.LifecycleTypeSidecar).WithCondition(v1.ContainerDependencyNone)))
			all := v1.Lifecycle{
				Type: new(v1.LifecycleTypeSidecar),
				DependsOn: []v1.ContainerDependency{
					{Type: v1.LifecycleTypeStandard},
					{Container: "certs", Condition: v1.ContainerDependencySucceeded},
					{Container: "proxy", Optional: new(true)},
				},
				Before: []v1.ContainerDependency{
					{Type: v1.LifecycleTypeSidecar, Condition: v1.ContainerDependencyNone}, {Type: v1.LifecycleTypeStandard},
					{Container: "a"}, {Container: "b"},
				},
				PreStopTiming:      new(v1.PreStopTimingAtTermination),
				StopTimeoutSeconds: new(int64(5)),
			}
			pod.check(t, all)

			for what, l := range map[string]*applycorev1.LifecycleApplyConfiguration{
				"the condition of an entry by name": applycorev1.Lifecycle().WithDependsOn(
					byName("certs").WithCondition(v1.ContainerDependencyReady)),
				"the condition of an entry by type": applycorev1.Lifecycle().WithBefore(
					byType(v1.LifecycleTypeSidecar).WithCondition(v1.ContainerDependencyReady)),
			} {
				if err := pod.Apply(lifecycleOf(t, l), "mesh", false); !apierrors.IsConflict(err) {
					t.Errorf("an applier changed %s of another applier: error %v, want a conflict", what, err)
				}
			}

			pod.apply(t, "mesh", applycorev1.Lifecycle().WithBefore(byType(v1.LifecycleTypeStandard)))
			all.Type, all.PreStopTiming, all.DependsOn, all.Before = nil, nil, all.DependsOn[:2], all.Before[:3]
			pod.check(t, all)
			pod.apply(t, "owner", applycorev1.Lifecycle())
			pod.check(t, v1.Lifecycle{Before: []v1.ContainerDependency{{Type: v1.LifecycleTypeStandard}}})
		})
	}
}

// Two appliers can own the same entry when they agree on it: it stays until neither has it.
func TestDependencyServerSideApplyShared(t *testing.T) {
	for name, converter := range converters(t) {
		t.Run(name, func(t *testing.T) {
			pod := newApplied(converter)
			shared := v1.Lifecycle{Before: []v1.ContainerDependency{{Type: v1.LifecycleTypeStandard, Condition: v1.ContainerDependencyStarted}}}
			for _, who := range []string{"mesh", "owner"} {
				pod.apply(t, who, applycorev1.Lifecycle().
					WithBefore(byType(v1.LifecycleTypeStandard).WithCondition(v1.ContainerDependencyStarted)))
				pod.check(t, shared)
			}
			pod.apply(t, "mesh", applycorev1.Lifecycle())
			pod.check(t, shared)
			pod.apply(t, "owner", applycorev1.Lifecycle())
			pod.check(t, v1.Lifecycle{})
		})
	}
}

// A key that is an empty text is the same as one that is absent, because the API server does not store the difference.
func TestDependencyServerSideApplyEmptyKeys(t *testing.T) {
	for name, converter := range converters(t) {
		t.Run(name, func(t *testing.T) {
			pod := newApplied(converter)
			pod.apply(t, "mesh", applycorev1.Lifecycle().WithDependsOn(byName("proxy"), byType(v1.LifecycleTypeSidecar)))
			pod.apply(t, "mesh", applycorev1.Lifecycle().
				WithDependsOn(byName("proxy").WithType(""), byType(v1.LifecycleTypeSidecar).WithContainer("")))
			pod.check(t, v1.Lifecycle{DependsOn: []v1.ContainerDependency{{Type: v1.LifecycleTypeSidecar}, {Container: "proxy"}}})
			// Validation refuses such entries with an explanation, so it must see them.
			pod.apply(t, "none", applycorev1.Lifecycle().WithDependsOn(applycorev1.ContainerDependency()))
			pod.apply(t, "both", applycorev1.Lifecycle().WithDependsOn(byName("proxy").WithType(v1.LifecycleTypeSidecar)))
			pod.check(t, v1.Lifecycle{DependsOn: []v1.ContainerDependency{
				{}, {Type: v1.LifecycleTypeSidecar}, {Container: "proxy"}, {Container: "proxy", Type: v1.LifecycleTypeSidecar},
			}})
		})
	}
}

// The schema of client-go equals that of the server for our types.
func TestDependencyClientSchema(t *testing.T) {
	server, err := schemaconv.ToSchemaFromOpenAPI(openAPISpec(), false)
	if err != nil {
		t.Fatal(err)
	}
	pod, err := applyconfigurations.NewTypeConverter(scheme.Scheme).
		ObjectToTyped(&v1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}})
	if err != nil {
		t.Fatal(err)
	}
	client := pod.Schema()
	for _, name := range []string{v1.Lifecycle{}.OpenAPIModelName(), v1.ContainerDependency{}.OpenAPIModelName()} {
		want, got := mapOf(t, server, name), mapOf(t, client, name)
		options := []gocmp.Option{
			cmpopts.SortSlices(func(a, b smd.StructField) bool { return a.Name < b.Name }),
			cmpopts.IgnoreUnexported(smd.Map{}),
		}
		if diff := gocmp.Diff(want.Fields, got.Fields, options...); diff != "" {
			t.Errorf("%s (-server +client-go):\n%s", name, diff)
		}
	}
}

func mapOf(t *testing.T, s *smd.Schema, name string) *smd.Map {
	t.Helper()
	def, ok := s.FindNamedType(name)
	if !ok || def.Map == nil {
		t.Fatalf("the schema has no type %s", name)
	}
	return def.Map
}
