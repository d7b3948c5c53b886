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
	const remedy = `: the containers wait for one another in a cycle: remove one of these dependencies`
	cases := map[string]struct {
		pod  *podBuilder
		want []string
	}{
		"two containers": {
			pod:  newPod().container("b", `{"dependsOn":[{"container":"a"}]}`).container("a", `{"dependsOn":[{"container":"b"}]}`),
			want: []string{keyPrefix + `a]: Invalid value: "a -> b -> a"` + remedy},
		},
		"three containers": {
			pod: newPod().container("a", `{"dependsOn":[{"container":"b"}]}`).container("b", `{"dependsOn":[{"container":"c"}]}`).
				container("c", `{"dependsOn":[{"container":"a","condition":"Started"}]}`),
			want: []string{keyPrefix + `a]: Invalid value: "a -> b -> c -> a"` + remedy},
		},
		"one edge is a before": {
			pod:  newPod().container("a", `{"dependsOn":[{"container":"b"}],"before":["b"]}`).container("b", "-"),
			want: []string{keyPrefix + `a]: Invalid value: "a -> b -> a"` + remedy},
		},
		"two injectors want to be first": {
			pod: newPod().container("mesh", `{"type":"Sidecar","before":["vault","*"]}`).
				container("vault", `{"type":"Sidecar","before":["mesh","*"]}`).container("app", "-"),
			want: []string{keyPrefix + `mesh]: Invalid value: "mesh -> vault -> mesh"` + remedy},
		},
		"through types is none": {
			pod: newPod().container("a", `{"type":"Sidecar","dependsOn":[{"container":"app"}]}`).container("app", "-"),
		},
		"two apart": {
			pod: newPod().
				container("d", `{"before":["c"]}`).container("c", `{"before":["d"]}`).
				container("b", `{"before":["a"]}`).container("a", `{"before":["b"]}`).
				container("e", `{"dependsOn":[{"container":"a"},{"container":"c"}]}`),
			want: []string{keyPrefix + `a]: Invalid value: "a -> b -> a"` + remedy, keyPrefix + `c]: Invalid value: "c -> d -> c"` + remedy},
		},
		"a long and a short one": {
			pod: newPod().
				container("a", `{"dependsOn":[{"container":"b"},{"container":"d"}]}`).container("b", `{"dependsOn":[{"container":"c"}]}`).
				container("c", `{"dependsOn":[{"container":"a"}]}`).container("d", `{"dependsOn":[{"container":"a"}]}`),
			want: []string{keyPrefix + `a]: Invalid value: "a -> d -> a"` + remedy},
		},
		"the first by name is behind the cycle": {
			pod:  newPod().container("a", `{"dependsOn":[{"container":"b"}]}`).container("b", `{"before":["c"]}`).container("c", `{"before":["b"]}`),
			want: []string{keyPrefix + `b]: Invalid value: "b -> c -> b"` + remedy},
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
