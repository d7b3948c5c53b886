// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseRefuses(t *testing.T) {
	const head = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n"
	tests := map[string]struct{ text, want string }{
		"no YAML":      {text: "{", want: "it is no pod"},
		"a Job":        {text: "apiVersion: batch/v1\nkind: Job\n", want: "spec.template"},
		"no name":      {text: "apiVersion: v1\nkind: Pod\n", want: "metadata.name is empty"},
		"no container": {text: head, want: "spec.containers is empty"},
		"the field":    {text: head + "spec:\n  containers:\n  - name: a\n    lifecycle: {type: Sidecar}\n", want: "goes into annotations"},
		"all problems at once": {
			text: head + `  annotations:
    container.lifecycle.alpha.kubernetes.io/a: '{"dependsOn": [{"container": "b"}]}'
    container.lifecycle.alpha.kubernetes.io/b: '{"dependsOn": [{"container": "a"}, {"container": "c"}]}'
spec:
  containers: [{name: a}, {name: b}]
`,
			want: "a -> b -> a",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want in it %q", err, test.want)
			}
		})
	}
}

func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../../pods/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if m.Legend() == "" {
				t.Error("the example orders nothing")
			}
			if err := m.CheckImages([]string{"registry.k8s.io/e2e-test-images/busybox:1.37.0-2"}); err != nil {
				t.Error(err)
			}
			if err := m.CheckImages(nil); err == nil || !strings.Contains(err.Error(), "is not on the node") {
				t.Errorf("got %v of a node without images", err)
			}
		})
	}
}
