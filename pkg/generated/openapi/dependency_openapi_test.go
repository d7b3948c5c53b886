// SPDX-License-Identifier: Apache-2.0

package openapi

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

func definitions() map[string]common.OpenAPIDefinition {
	return GetOpenAPIDefinitions(func(name string) spec.Ref { return spec.MustCreateRef("#/definitions/" + name) })
}

// The schemas have exactly the fields of the types, with the same descriptions.
func TestDependencySchemasHaveAllFields(t *testing.T) {
	for _, v := range []interface {
		OpenAPIModelName() string
		SwaggerDoc() map[string]string
	}{v1.Lifecycle{}, v1.ContainerDependency{}} {
		schema := definitions()[v.OpenAPIModelName()].Schema
		docs := v.SwaggerDoc()
		var want []string
		for i := range reflect.TypeOf(v).NumField() {
			name, _, _ := strings.Cut(reflect.TypeOf(v).Field(i).Tag.Get("json"), ",")
			want = append(want, name)
			description, _, _ := strings.Cut(schema.Properties[name].Description, "\n\nPossible enum values:")
			if description != docs[name] || description == "" {
				t.Errorf("%s.%s: the schema says %q, SwaggerDoc %q", v.OpenAPIModelName(), name, description, docs[name])
			}
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(schema.Properties))); diff != "" {
			t.Errorf("%s: properties (-want +got):\n%s", v.OpenAPIModelName(), diff)
		}
		if schema.Description != docs[""] {
			t.Errorf("%s: the schema says %q, SwaggerDoc %q", v.OpenAPIModelName(), schema.Description, docs[""])
		}
	}
}

// The schema has the merge strategies, which servers and clients read from it, in the format of upstream's generator.
func TestDependencySchemaLists(t *testing.T) {
	lifecycle := definitions()[v1.Lifecycle{}.OpenAPIModelName()]
	want := spec.Extensions{
		"x-kubernetes-list-map-keys": []interface{}{"container", "type"},
		"x-kubernetes-list-type":     "map",
	}
	for _, name := range []string{"dependsOn", "before"} {
		list := lifecycle.Schema.Properties[name]
		if diff := cmp.Diff(want, list.Extensions); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got := list.Items.Schema.Ref.String(); got != "#/definitions/io.k8s.api.core.v1.ContainerDependency" {
			t.Errorf("items of %s refer to %s", name, got)
		}
	}
	if !slices.Contains(lifecycle.Dependencies, "io.k8s.api.core.v1.ContainerDependency") {
		t.Errorf("Lifecycle depends on %v", lifecycle.Dependencies)
	}
	// A key needs a default unless it is required: otherwise no CRD with a pod template is valid.
	entry := definitions()["io.k8s.api.core.v1.ContainerDependency"].Schema
	for _, key := range []string{"container", "type"} {
		if got := entry.Properties[key].Default; got != "" {
			t.Errorf("the default of %s is %v, want an empty text", key, got)
		}
	}
	if len(entry.Required) > 0 {
		t.Errorf("required: %v, want nothing", entry.Required)
	}
}

// The enumerations have the constants of the types, with their comments as descriptions.
func TestDependencySchemaEnums(t *testing.T) {
	lifecycle := definitions()[v1.Lifecycle{}.OpenAPIModelName()].Schema
	dependency := definitions()[v1.ContainerDependency{}.OpenAPIModelName()].Schema
	comments := constantComments(t)
	for _, enum := range []struct {
		kind     string
		property spec.Schema
	}{
		{"LifecycleType", lifecycle.Properties["type"]},
		{"LifecycleType", dependency.Properties["type"]},
		{"PreStopTiming", lifecycle.Properties["preStopTiming"]},
		{"ContainerDependencyCondition", dependency.Properties["condition"]},
	} {
		var values []interface{}
		text := ""
		for _, value := range slices.Sorted(maps.Keys(comments[enum.kind])) {
			values = append(values, value)
			text += "\n - `\"" + value + "\"` " + comments[enum.kind][value]
		}
		if diff := cmp.Diff(values, enum.property.Enum); diff != "" || len(values) == 0 {
			t.Errorf("%s: values (-want +got):\n%s", enum.kind, diff)
		}
		if _, got, _ := strings.Cut(enum.property.Description, "\n\nPossible enum values:"); got != text {
			t.Errorf("%s: got %q, want %q", enum.kind, got, text)
		}
	}
}

// constantComments returns the comments of our constants, without the constants' names, by type and value.
func constantComments(t *testing.T) map[string]map[string]string {
	source := filepath.Join("..", "..", "..", "staging", "src", "k8s.io", "api", "core", "v1", "dependency_types.go")
	file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	comments := map[string]map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		kind := spec.Type.(*ast.Ident).Name
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if comments[kind] == nil {
			comments[kind] = map[string]string{}
		}
		text := strings.TrimPrefix(spec.Doc.Text(), spec.Names[0].Name)
		comments[kind][value] = strings.TrimSpace(strings.ReplaceAll(text, "\n", " "))
		return true
	})
	return comments
}

// GetOpenAPIDefinitions adds only the definition of ContainerDependency to those of upstream.
func TestDependencySchemasElsewhere(t *testing.T) {
	ref := func(name string) spec.Ref { return spec.MustCreateRef("#/definitions/" + name) }
	upstream, ours := upstreamGetOpenAPIDefinitions(ref), GetOpenAPIDefinitions(ref)
	for name := range upstream {
		delete(ours, name)
	}
	if diff := cmp.Diff([]string{"io.k8s.api.core.v1.ContainerDependency"}, slices.Sorted(maps.Keys(ours))); diff != "" {
		t.Errorf("definitions that upstream does not have (-want +got):\n%s", diff)
	}
}
