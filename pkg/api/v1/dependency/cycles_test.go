// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"errors"
	"math/rand"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
)

// TestCycles: each cycle is reported as a path on which each container waits for the next one.
func TestCycles(t *testing.T) {
	const remedy = `: the containers wait for one another in a cycle: remove one of the entries that say `
	cases := map[string]struct {
		pod  *podBuilder
		want []string
	}{
		"two containers": {
			pod: newPod().container("b", `{"dependsOn":[{"container":"a"}]}`).container("a", `{"dependsOn":[{"container":"b"}]}`),
			want: []string{keyPrefix + `a]: Invalid value: "a -> b -> a"` + remedy + `"a" waits for "b" (dependsOn[0] of "a"), "b" waits ` +
				`for "a" (dependsOn[0] of "b")`},
		},
		"three containers": {
			pod: newPod().container("a", `{"dependsOn":[{"container":"b"}]}`).container("b", `{"dependsOn":[{"container":"c"}]}`).
				container("c", `{"dependsOn":[{"container":"a","condition":"Started"}]}`),
			want: []string{keyPrefix + `a]: Invalid value: "a -> b -> c -> a"` + remedy + `"a" waits for "b" (dependsOn[0] of "a"), "b" ` +
				`waits for "c" (dependsOn[0] of "b"), "c" waits for "a" (dependsOn[0] of "c")`},
		},
		"one edge is a before": {
			pod: newPod().container("a", `{"dependsOn":[{"container":"b"}],"before":[{"container":"b"}]}`).container("b", "-"),
			want: []string{keyPrefix + `a]: Invalid value: "a -> b -> a"` + remedy + `"a" waits for "b" (dependsOn[0] of "a"), "b" waits ` +
				`for "a" (before[0] of "a")`},
		},
		"two injectors want to be first": {
			pod: newPod().container("mesh", `{"type":"Sidecar","before":[{"container":"vault"},{"type":"Standard"}]}`).
				container("vault", `{"type":"Sidecar","before":[{"container":"mesh"},{"type":"Standard"}]}`).container("app", "-"),
			want: []string{keyPrefix + `mesh]: Invalid value: "mesh -> vault -> mesh"` + remedy +
				`"mesh" waits for "vault" (before[0] of "vault"), "vault" waits for "mesh" (before[0] of "mesh")`},
		},
		"through types is none": {
			pod: newPod().container("a", `{"type":"Sidecar","dependsOn":[{"container":"app"}]}`).container("app", "-"),
		},
		"two apart": {
			pod: newPod().
				container("d", `{"before":[{"container":"c"}]}`).container("c", `{"before":[{"container":"d"}]}`).
				container("b", `{"before":[{"container":"a"}]}`).container("a", `{"before":[{"container":"b"}]}`).
				container("e", `{"dependsOn":[{"container":"a"},{"container":"c"}]}`),
			want: []string{
				keyPrefix + `a]: Invalid value: "a -> b -> a"` + remedy + `"a" waits for "b" (before[0] of "b"), "b" waits for "a" ` +
					`(before[0] of "a")`,
				keyPrefix + `c]: Invalid value: "c -> d -> c"` + remedy + `"c" waits for "d" (before[0] of "d"), "d" waits for "c" ` +
					`(before[0] of "c")`,
			},
		},
		"a long and a short one": {
			pod: newPod().
				container("a", `{"dependsOn":[{"container":"b"},{"container":"d"}]}`).container("b", `{"dependsOn":[{"container":"c"}]}`).
				container("c", `{"dependsOn":[{"container":"a"}]}`).container("d", `{"dependsOn":[{"container":"a"}]}`),
			want: []string{keyPrefix + `a]: Invalid value: "a -> d -> a"` + remedy + `"a" waits for "b" (dependsOn[0] of "a"), ` +
				`"a" waits for "d" (dependsOn[1] of "a"), "b" waits for "c" (dependsOn[0] of "b"), "c" waits for "a" (dependsOn[0] of "c"), ` +
				`"d" waits for "a" (dependsOn[0] of "d")`},
		},
		"the first by name is behind the cycle": {
			pod: newPod().container("a", `{"dependsOn":[{"container":"b"}]}`).container("b", `{"before":[{`+
				`"container":"c"}]}`).container("c", `{"before":[{"container":"b"}]}`),
			want: []string{keyPrefix + `b]: Invalid value: "b -> c -> b"` + remedy + `"b" waits for "c" (before[0] of "c"), "c" waits ` +
				`for "b" (before[0] of "b")`},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewSource(1))
			for range 10 {
				if diff := cmp.Diff(c.want, problems(c.pod.pod)); diff != "" {
					t.Fatalf("problems (-want +got):\n%s", diff)
				}
				shuffle(random, c.pod.pod.Spec.Containers)
			}
		})
	}
}

// TestLongCycle: the user controls the depth of the graph.
func TestLongCycle(t *testing.T) {
	plan := &Plan{RestartPolicy: v1.RestartPolicyAlways}
	for i := range 5000 {
		plan.Containers = append(plan.Containers, PlannedContainer{
			Name: manyName(i), Lifecycle: &Lifecycle{DependsOn: []Dependency{{Container: manyName((i + 1) % 5000)}}}})
	}
	_, err := New(plan)
	var invalid *InvalidError
	if !errors.As(err, &invalid) || len(invalid.Problems) != 1 {
		t.Fatalf("New() error = %v, want one problem", err)
	}
	slices.Reverse(plan.Containers)
	if _, again := New(plan); again == nil || again.Error() != err.Error() {
		t.Error("the message depends on the order of the list")
	}
}
