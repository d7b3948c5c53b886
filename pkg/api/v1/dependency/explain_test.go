// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExplain: for each edge who said it and where, and for each dropped statement why.
func TestExplain(t *testing.T) {
	pod := newPod().policy("Always").native("istio-proxy").annotate("istio-proxy", `{"type":"Sidecar"}`).
		container("metrics", `{"type":"Sidecar","before":[{"type":"Sidecar"}]}`).
		container("discovery", "-").says(`{"type":"Sidecar","dependsOn":[{"type":"Standard"}]}`).
		container("app", `{"dependsOn":[{"container":"metrics","condition":"Started"}]}`).postStart().
		container("web", `{"dependsOn":[{"type":"Sidecar","condition":"None"}]}`)
	x, err := Explain(pod.pod, podFields)
	if err != nil {
		t.Fatal(err)
	}
	var edges, dropped []string
	for _, e := range x.Edges {
		edges = append(edges, e.String())
	}
	for _, e := range x.Dropped {
		dropped = append(dropped, e.String())
	}
	const at = `metadata.annotations[container.lifecycle.alpha.kubernetes.io/`
	if diff := cmp.Diff([]string{
		`"app" waits for "istio-proxy" to be Ready (BySidecar: ` + at + `istio-proxy].type)`,
		`"app" waits for "metrics" to be Started (Named: ` + at + `app].dependsOn[0])`,
		`"discovery" waits for "app" to be Ready (ByType: spec.containers[1].lifecycle.dependsOn[0])`,
		`"discovery" waits for "metrics" to be Ready (ByType: ` + at + `metrics].before[0])`,
		`"web" waits for the end of the postStart hook of "app" (ByList: spec.containers[2].lifecycle.postStart)`,
		`"web" stops before "istio-proxy" and does not wait for it (ByType: ` + at + `web].dependsOn[0])`,
		`"web" stops before "metrics" and does not wait for it (ByType: ` + at + `web].dependsOn[0])`,
	}, edges); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	const overruled = `: a stronger statement about the two counts`
	if diff := cmp.Diff([]string{
		`"app" waits for "discovery" to be Ready (BySidecar: spec.containers[1].lifecycle.type): dropped, because of discovery -> app`,
		`"app" waits for "metrics" to be Ready (BySidecar: ` + at + `metrics].type)` + overruled,
		`"discovery" waits for "web" to be Ready (ByType: spec.containers[1].lifecycle.dependsOn[0]): dropped, because of web -> discovery`,
		`"istio-proxy" waits for "metrics" to be Ready (ByType: ` + at + `metrics].before[0]): dropped, because a native sidecar starts ` +
			`before all regular containers`,
		`"web" stops before "discovery" and does not wait for it (ByType: ` + at + `web].dependsOn[0]): dropped, because of discovery -> web`,
		`"web" waits for "discovery" to be Ready (BySidecar: spec.containers[1].lifecycle.type)` + overruled,
		`"web" waits for "istio-proxy" to be Ready (BySidecar: ` + at + `istio-proxy].type)` + overruled,
		`"web" waits for "metrics" to be Ready (BySidecar: ` + at + `metrics].type)` + overruled,
	}, dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
}

// TestExplainInvalid: what cannot be ordered cannot be explained, and what says nothing need not be.
func TestExplainInvalid(t *testing.T) {
	if x, err := Explain(newPod().container("app", "-").pod, podFields); x != nil || err != nil {
		t.Errorf("Explain() = %v, %v of a pod without an order", x, err)
	}
	if _, err := Explain(newPod().container("app", `{"dependsOn":[{"container":"none"}]}`).pod, podFields); err == nil {
		t.Error("Explain() explains an invalid pod")
	}
	h := newHostile(2000, 0, 0).says(0, &Lifecycle{Type: Sidecar})
	if _, err := Explain(h.pod, h.lifecycle); err == nil {
		t.Error("Explain() explains a pod of 2,000 containers")
	}
}

// TestExplanationIsThatOfTheOracle: the edges are those of the oracle with their strengths, and the way back of a contradicted
// statement leads along statements that count.
func TestExplanationIsThatOfTheOracle(t *testing.T) {
	random := newRandom(t)
	reasons := map[string]int{}
	for range 2000 {
		plan := randomValid(t, random).Plan()
		x, err := Explain(podOf(plan), podFields)
		if err != nil {
			t.Fatal(err)
		}
		if x == nil {
			continue
		}
		oracle := newOracle(x.Graph.Plan())
		got := map[[2]string]Condition{}
		counts := map[string]bool{} // by strength and pair: what is said first
		key := func(s Strength, from, to string) string { return fmt.Sprint(s, from, "/", to) }
		for _, e := range x.Edges {
			pair := [2]string{e.Dependent, e.Dependency}
			if _, twice := got[pair]; twice {
				t.Fatalf("%v is explained twice\n%s", pair, x.Graph)
			}
			got[pair] = e.Condition
			if e.Strength == ByList {
				got[pair] = StartEnded
			}
			if _, said := oracle.statements(e.Strength)[pair]; !said || !strings.Contains(e.Path.String(), e.Speaker) && e.Strength < ByList {
				t.Fatalf("nobody says %s\n%s", e, x.Graph)
			}
			counts[key(e.Strength, e.Dependent, e.Dependency)] = true
			reasons[e.Strength.String()]++
		}
		if diff := cmp.Diff(oracle.edges, got); diff != "" {
			t.Fatalf("edges (-want +got):\n%s%s", diff, x.Graph)
		}
		for _, e := range x.Dropped {
			if e.Reason == Contradicted {
				counts[key(e.Strength, e.Dependent, e.Dependency)] = true
			}
			reasons[string(e.Reason)]++
		}
		for _, e := range x.Dropped {
			if (len(e.Back) > 0) != (e.Reason == Contradicted) {
				t.Fatalf("%s has the way %q back\n%s", e, e.Back, x.Graph)
			}
			if len(e.Back) == 0 {
				continue
			}
			if e.Back[0] != e.Dependency || e.Back[len(e.Back)-1] != e.Dependent {
				t.Fatalf("%s does not lead back\n%s", e, x.Graph)
			}
			for k := range len(e.Back) - 1 {
				stronger := []Strength{Named, ByType, BySidecar, ByList}[:e.Strength]
				if !slices.ContainsFunc(stronger, func(s Strength) bool { return counts[key(s, e.Back[k], e.Back[k+1])] }) {
					t.Fatalf("%s: nothing as strong leads from %s to %s\n%s", e, e.Back[k], e.Back[k+1], x.Graph)
				}
			}
		}
	}
	for _, want := range []string{"Named", "ByType", "BySidecar", "ByList", "Overruled", "Contradicted", "StartsFirst"} {
		if reasons[want] == 0 {
			t.Errorf("no random pod has a statement that is %s", want)
		}
	}
}
