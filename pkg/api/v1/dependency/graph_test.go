// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQuestions(t *testing.T) {
	graph, err := ForPod(newPod().init("setup").native("mesh").native("dns").
		container("app", `{"dependsOn":[{"container":"mesh"}]}`).
		container("proxy", `{"type":"Sidecar"}`).pod, podFields)
	if err != nil {
		t.Fatal(err)
	}
	type answers struct {
		Sidecar, Standard, Native, Target bool
		WaitsFor                          []Dependency
		StopsAfter                        []string
	}
	want := map[string]answers{
		"app": {
			Standard:   true,
			WaitsFor:   []Dependency{{Container: "mesh", Condition: Ready}, {Container: "proxy", Condition: Ready}},
			StopsAfter: []string{},
		},
		"proxy":   {Sidecar: true, Target: true, StopsAfter: []string{"app"}},
		"mesh":    {Native: true, Target: true, StopsAfter: []string{"app", "dns", "proxy"}},
		"dns":     {Native: true, StopsAfter: []string{"app", "proxy"}},
		"setup":   {}, // an init container has already finished
		"unknown": {}, // an ephemeral container stops at once
	}
	for name, want := range want {
		t.Run(name, func(t *testing.T) {
			got := answers{
				Sidecar: graph.IsSidecar(name), Standard: graph.IsStandard(name), Native: graph.IsNative(name), Target: graph.IsTarget(name),
				WaitsFor: graph.WaitsFor(name), StopsAfter: graph.StopsAfter(name),
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
		})
	}
}
