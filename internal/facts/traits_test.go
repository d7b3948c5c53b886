// SPDX-License-Identifier: Apache-2.0

package facts

import (
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// TestNewPod reads the demo's pods, whose containers are listed in another order.
func TestNewPod(t *testing.T) {
	tests := map[string][]string{
		"mission": {
			"metrics Sidecar Always", "logs Sidecar Always", "policy Sidecar Always", "certs Sidecar Always", "mesh Sidecar Always",
			"web Standard Always", "worker Standard Always", "discovery Sidecar Always",
		},
		"native":          {"mesh native Always at termination", "web Standard Always", "logs Standard Always"},
		"bootstrap-fails": {"logs Sidecar Always", "certs Sidecar Never", "proxy Sidecar Always", "app Standard Never"},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("../../hack/demo/pods/" + name + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			pod := &v1.Pod{}
			if err := yaml.UnmarshalStrict(text, pod); err != nil {
				t.Fatal(err)
			}
			graph, err := dependency.ForPod(pod, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range NewPod(pod, graph).Containers {
				line := fmt.Sprintf("%s %s %s", c.Name, c.Role, c.Policy)
				if c.AtTermination {
					line += " at termination"
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
