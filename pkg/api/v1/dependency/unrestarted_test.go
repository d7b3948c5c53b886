// SPDX-License-Identifier: Apache-2.0

package dependency

import "testing"

func TestUnrestartedSidecars(t *testing.T) {
	sidecars := func(b *podBuilder) *podBuilder {
		return b.container("proxy", `{"type":"Sidecar"}`).
			container("logs", "-").says(`{"type":"Sidecar"}`).
			container("certs", `{"type":"Sidecar"}`).restarts("Never").
			container("mesh", `{"type":"Sidecar"}`).restarts("Always").
			container("app", `{"type":"Standard"}`).container("web", "-")
	}
	cases := map[string]struct {
		pod  *podBuilder
		want string
	}{
		"OnFailure": {
			pod: sidecars(newPod().policy("OnFailure")),
			want: `Sidecars are not restarted when they exit with code 0, by the pod's restartPolicy OnFailure: "proxy", "logs". Set ` +
				`restartPolicy: Always on each of these containers to have it restarted`,
		},
		"Always":  {pod: sidecars(newPod().policy("Always"))},
		"default": {pod: sidecars(newPod().policy(""))},
		"all have a policy": {
			pod: newPod().container("proxy", `{"type":"Sidecar"}`).restarts("Always").container("app", "-"),
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			graph, err := ForPod(c.pod.pod, podFields)
			if err != nil {
				t.Fatal(err)
			}
			if got := graph.UnrestartedSidecars(); got != c.want {
				t.Errorf("UnrestartedSidecars() = %q, want %q", got, c.want)
			}
		})
	}
}
