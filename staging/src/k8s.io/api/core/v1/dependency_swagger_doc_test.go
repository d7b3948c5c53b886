// SPDX-License-Identifier: Apache-2.0

package v1

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"k8s.io/apimachinery/pkg/runtime"
)

// SwaggerDoc returns the same texts as upstream's generator creates from the comments of the types.
func TestDependencySwaggerDoc(t *testing.T) {
	source, err := os.ReadFile("dependency_types.go")
	if err != nil {
		t.Fatal(err)
	}
	// The generator ignores unexported types.
	exported := filepath.Join(t.TempDir(), "types.go")
	if err := os.WriteFile(
		exported, bytes.Replace(source, []byte("type lifecycleOrder"), []byte("type LifecycleOrder"), 1), 0o644,
	); err != nil {
		t.Fatal(err)
	}
	generated := map[string]map[string]string{}
	kinds, err := runtime.ParseDocumentationFrom(exported)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds {
		docs := map[string]string{}
		for _, field := range kind[1:] {
			text, err := strconv.Unquote(`"` + field.Doc + `"`)
			if err != nil {
				t.Fatal(err)
			}
			docs[field.Name] = text
		}
		generated[kind[0].Name] = docs
		if kind[0].Name == "ContainerDependency" {
			docs[""] = kind[0].Doc
		}
	}
	if diff := cmp.Diff(generated["ContainerDependency"], ContainerDependency{}.SwaggerDoc()); diff != "" {
		t.Errorf("ContainerDependency (-comments +SwaggerDoc):\n%s", diff)
	}
	docs := Lifecycle{}.SwaggerDoc()
	for name, want := range generated["LifecycleOrder"] {
		if diff := cmp.Diff(want, docs[name]); diff != "" {
			t.Errorf("Lifecycle.%s (-comment +SwaggerDoc):\n%s", name, diff)
		}
		delete(docs, name)
	}
	if diff := cmp.Diff(Lifecycle{}.upstreamSwaggerDoc(), docs); diff != "" {
		t.Errorf("the texts of upstream's Lifecycle fields changed (-upstream +ours):\n%s", diff)
	}
	if len(generated["LifecycleOrder"]) != 5 {
		t.Errorf("got %d ordering fields, want 5", len(generated["LifecycleOrder"]))
	}
}
