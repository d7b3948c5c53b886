// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"kubelet-ordering/internal/lint"
)

func TestLint(t *testing.T) {
	tests := map[string]string{
		"invalid":    "lint -f testdata/wrong.yaml",
		"json":       "lint -f testdata/wrong.yaml -o json",
		"sarif":      "lint -f testdata/wrong.yaml -o sarif",
		"traps":      "lint -f testdata/traps.yaml",
		"strict":     "lint -f testdata/manifests --strict",
		"recursive":  "lint -R -f testdata/manifests",
		"namespace":  "lint",
		"exclusive":  "lint -f testdata -A",
		"no-file":    "lint -f testdata/absent.yaml",
		"not-a-type": "lint sheep/dolly",
		"no-object":  "lint pods/absent",
	}
	for name, line := range tests {
		t.Run(name, func(t *testing.T) {
			checkGolden(t, "lint-"+name+".txt", run(t, cluster(t), "", strings.Fields(line)...).all())
		})
	}
}

// TestEachRuleFindsItsTrap fails if a rule has no object in testdata that it is about.
func TestEachRuleFindsItsTrap(t *testing.T) {
	got := run(t, cluster(t), "", "lint", "-f", "testdata/traps.yaml", "-f", "testdata/wrong.yaml").out
	for _, r := range lint.Rules() {
		if !strings.Contains(got, "["+r.Name+"]") {
			t.Errorf("%s finds nothing in\n%s", r.Name, got)
		}
	}
}

// TestRecipesAndExamplesHaveNoErrors lints what the project itself recommends.
func TestRecipesHaveNoErrors(t *testing.T) {
	got := run(t, cluster(t), "", "lint", "-R", "-f", "../../../../docs/manifests", "-f", "../../../../docs/recipes", "-f",
		"../../../../hack/demo/pods")
	if got.code != Fine {
		t.Errorf("got %s", got.all())
	}
}

// TestLintOfManyPods asks for long lists in parts.
func TestLintOfManyPods(t *testing.T) {
	api := cluster(t)
	const pods = 1700
	for i := range pods {
		pod := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": "app"}}}}}
		pod.SetAPIVersion("v1")
		pod.SetKind("Pod")
		pod.SetNamespace("many")
		pod.SetName(fmt.Sprintf("p%d", i))
		if i == pods-1 {
			pod.SetAnnotations(map[string]string{"container.lifecycle.alpha.kubernetes.io/app": "{"})
		}
		api.Objects = append(api.Objects, pod)
	}
	got := run(t, api, "", "lint", "-n", "many")
	if got.code != Found || !strings.Contains(got.out, "1 error and 0 warnings in 1 object that use ordering, of 1700\n") {
		t.Errorf("got %s", got.all())
	}
	if n := api.Asked()["/api/v1/namespaces/many/pods"]; n != 4 {
		t.Errorf("the pods were asked for in %d parts", n)
	}
}

// TestLintGoesOnAfterAnError prints what it has found although something cannot be read.
func TestLintGoesOnAfterAnError(t *testing.T) {
	api := cluster(t)
	api.Forbidden = []string{"statefulsets"}
	got := run(t, api, "", "lint", "-A")
	if got.code != Failed || !strings.Contains(got.out, "objects that use ordering") || !strings.Contains(got.err, "statefulsets") {
		t.Errorf("got %s", got.all())
	}
}

func TestLintOfFilesAsksNoCluster(t *testing.T) {
	api := cluster(t)
	if got := run(t, api, "", "lint", "-f", "testdata/mission.yaml"); got.code != Fine || len(api.Asked()) > 0 {
		t.Errorf("it asked %v, and said %s", api.Asked(), got.all())
	}
}

// aliases is a small file that would be huge if its aliases were written out.
func aliases(levels int) string {
	text := "a0: &a0 x\n"
	for i := range levels {
		text += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 9), ","))
	}
	return text
}

// TestBrokenFiles lints files that are no manifests.
func TestBrokenFiles(t *testing.T) {
	tests := map[string]string{
		"no YAML":       "a: [",
		"no object":     "- a\n- b",
		"no kind":       "apiVersion: v1\nmetadata: {name: x}",
		"wrong types":   "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: 7}]}",
		"deep":          "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: " + strings.Repeat("[", 20000),
		"many aliases":  aliases(9),
		"no containers": "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: null",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			file := t.TempDir() + "/x.yaml"
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			got := run(t, cluster(t), "", "lint", "-f", file)
			if got.code == Found || got.code == Failed && !strings.Contains(got.err, file) {
				t.Errorf("got %s", got.all())
			}
			if got.code == Fine && name != "no containers" {
				t.Errorf("it was accepted: %s", got.all())
			}
		})
	}
}
