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

// Independent appliers own their entries in the lists of one container, and each can remove only its own.
func TestDependencyServerSideApply(t *testing.T) {
	for name, converter := range converters(t) {
		t.Run(name, func(t *testing.T) {
			manager := managedfieldstest.NewTestFieldManager(converter, v1.SchemeGroupVersion.WithKind("Pod"))
			apply := func(who string, l *applycorev1.LifecycleApplyConfiguration) {
				t.Helper()
				if err := manager.Apply(lifecycleOf(t, l), who, false); err != nil {
					t.Fatalf("%s: %v", who, err)
				}
			}
			check := func(want v1.Lifecycle) {
				t.Helper()
				var pod v1.Pod
				if err := runtime.DefaultUnstructuredConverter.FromUnstructured(manager.Live().(*unstructured.Unstructured).Object, &pod); err != nil {
					t.Fatal(err)
				}
				got := pod.Spec.Containers[0].Lifecycle
				slices.SortFunc(got.DependsOn, func(a, b v1.ContainerDependency) int { return cmp.Compare(a.Container, b.Container) })
				slices.Sort(got.Before)
				if diff := gocmp.Diff(&want, got); diff != "" {
					t.Errorf("lifecycle (-want +got):\n%s", diff)
				}
			}
			dependency := applycorev1.ContainerDependency
			apply("mesh", applycorev1.Lifecycle().WithDependsOn(dependency().WithContainer("proxy").WithOptional(true)).WithBefore("b"))
			apply("owner", applycorev1.Lifecycle().WithType(v1.LifecycleTypeStandard).WithStopTimeoutSeconds(5).
				WithDependsOn(dependency().WithContainer("certs").WithCondition(v1.ContainerDependencySucceeded)).WithBefore("a", "*"))
			all := v1.Lifecycle{
				Type: new(v1.LifecycleTypeStandard),
				DependsOn: []v1.ContainerDependency{
					{Container: "certs", Condition: v1.ContainerDependencySucceeded},
					{Container: "proxy", Optional: new(true)},
				},
				Before:             []string{"*", "a", "b"},
				StopTimeoutSeconds: new(int64(5)),
			}
			check(all)
			if err := manager.Apply(lifecycleOf(t, applycorev1.Lifecycle().WithDependsOn(dependency().WithContainer("certs").
				WithCondition(v1.ContainerDependencyReady))), "mesh", false); err == nil {
				t.Error("an applier changed the condition of another applier's entry without a conflict")
			}
			apply("mesh", applycorev1.Lifecycle())
			all.DependsOn, all.Before = all.DependsOn[:1], all.Before[:2]
			check(all)
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
