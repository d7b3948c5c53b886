// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"kubelet-ordering/internal/workload"
)

// TestInjectedContainers: an order may be about what is injected later, in a template alone, and only if it is known.
func TestInjectedContainers(t *testing.T) {
	const prefix = "metadata.annotations[container.lifecycle.alpha.kubernetes.io/"
	type finding struct{ Rule, Path string }
	tests := map[string]struct {
		annotations string
		pod         bool
		want        []finding
	}{
		"the annotation of a mesh": {`{linkerd-proxy: "{type: Sidecar}"}`, false, []finding{{"injected-container", prefix + "linkerd-proxy]"}}},
		"of a named one":           {`{agent: "{type: Sidecar}"}`, false, []finding{{"injected-container", prefix + "agent]"}}},
		"of an unknown one":        {`{agnet: "{type: Sidecar}"}`, false, []finding{{"invalid-order", prefix + "agnet]"}}},
		"of a named one, in a pod": {`{agent: "{type: Sidecar}"}`, true, []finding{{"invalid-order", prefix + "agent]"}}},
		"an entry": {`{app: "{dependsOn: [{container: agent}]}"}`, false,
			[]finding{{"injected-container", prefix + "app].dependsOn[0].container"}}},
		"an unknown entry": {`{app: "{dependsOn: [{container: agnet}]}"}`, false,
			[]finding{{"invalid-order", prefix + "app].dependsOn[0].container"}}},
		"an entry, in a pod": {`{app: "{dependsOn: [{container: agent}]}"}`, true,
			[]finding{{"invalid-order", prefix + "app].dependsOn[0].container"}}},
		"a named one that is there": {`{init: "{type: Sidecar}"}`, false, []finding{{"invalid-order", prefix + "init]"}}},
		"a wrong field of a named one": {`{agent: "{type: Sidecar}", app: "{type: agent}"}`, false,
			[]finding{{"injected-container", prefix + "agent]"}, {"invalid-order", prefix + "app].type"}}},
		"twice": {`{app: "{dependsOn: [{container: agent}, {container: agent}]}"}`, false,
			[]finding{{"injected-container", prefix + "app].dependsOn[0].container"}, {"invalid-order", prefix + "app].dependsOn[1].container"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var annotations map[string]string
			if err := yaml.Unmarshal([]byte(test.annotations), &annotations); err != nil {
				t.Fatal(err)
			}
			said := map[string]any{}
			for container, text := range annotations {
				said["container.lifecycle.alpha.kubernetes.io/"+container] = text
			}
			content := map[string]any{"metadata": map[string]any{"annotations": said}, "spec": map[string]any{
				"containers": []any{map[string]any{"name": "app"}}, "initContainers": []any{map[string]any{"name": "init"}}}}
			object := map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "spec": map[string]any{"template": content}}
			if test.pod {
				object, content["apiVersion"], content["kind"] = content, "v1", "Pod"
			}
			p, err := workload.New(&unstructured.Unstructured{Object: object}, true)
			if err != nil {
				t.Fatal(err)
			}
			var got []finding
			for _, found := range Check(p, "agent", "init") {
				path := found.Path
				if !test.pod {
					path = path[len("spec.template."):]
				}
				got = append(got, finding{found.Rule, path})
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
