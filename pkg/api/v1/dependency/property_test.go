// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func edgesOf(g *Graph) map[[2]string]Condition {
	edges := map[[2]string]Condition{}
	for _, n := range g.nodes {
		for _, e := range n.waits {
			edges[[2]string{n.name, g.nodes[e.to].name}] = e.condition
		}
	}
	return edges
}

// withoutList returns the edges that do not follow from the order of the pod's list.
func withoutList(edges map[[2]string]Condition) map[[2]string]Condition {
	maps.DeleteFunc(edges, func(_ [2]string, c Condition) bool { return c == StartEnded })
	return edges
}

var containerIndex = regexp.MustCompile(`containers\[\d+\]`)

// textOf returns the text of an error without the places of containers in the list.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	return containerIndex.ReplaceAllString(err.Error(), "containers[]")
}

// TestGraphIsThatOfTheOracle compares validity and edges with the oracle, and checks that neither depends on the order of
// a list, except for the edges by the list.
func TestGraphIsThatOfTheOracle(t *testing.T) {
	random := newRandom(t)
	valid := 0
	for range 4000 {
		plan := randomPlan(random)
		oracle := newOracle(plan)
		graph, err := New(plan)
		if (err == nil) != oracle.valid() {
			t.Fatalf("New() error = %v, valid by the oracle: %t\n%s", err, oracle.valid(), mustEncode(t, plan))
		}
		if err == nil {
			valid++
			if diff := cmp.Diff(oracle.edges, edgesOf(graph)); diff != "" {
				t.Fatalf("edges of\n%s(-want +got):\n%s", mustEncode(t, plan), diff)
			}
		}

		other := *plan
		other.Containers = slices.Clone(plan.Containers)
		shuffle(random, other.Containers)
		_, err2 := New(&other)
		if textOf(err) != textOf(err2) {
			t.Fatalf("the error depends on the order of the containers:\n%v\n%v", err, err2)
		}
		if err != nil {
			continue
		}
		for i, c := range other.Containers {
			if c.Lifecycle != nil {
				l := *c.Lifecycle
				l.DependsOn, l.Before = slices.Clone(l.DependsOn), slices.Clone(l.Before)
				shuffle(random, l.DependsOn)
				shuffle(random, l.Before)
				other.Containers[i].Lifecycle = &l
			}
		}
		shuffled, err := New(&other)
		if err != nil {
			t.Fatalf("error after the entries were reordered: %v", err)
		}
		if diff := cmp.Diff(withoutList(edgesOf(graph)), withoutList(edgesOf(shuffled))); diff != "" {
			t.Fatalf("the edges depend on the order of lists in\n%s(-want +got):\n%s", mustEncode(t, plan), diff)
		}
	}
	if valid < 400 || valid > 3600 {
		t.Errorf("%d of 4000 random plans are valid: they do not cover both cases", valid)
	}
}

// TestDecisionsAreThoseOfTheOracle compares gates, completion and failure with the oracle, for random observations.
func TestDecisionsAreThoseOfTheOracle(t *testing.T) {
	random := newRandom(t)
	seen := map[Gate]int{}
	failed, complete, withdrawn := 0, 0, 0
	for range 1500 {
		graph := randomValid(t, random)
		oracle := newOracle(graph.Plan())
		for range 5 {
			pod := randomObservation(random, graph.Plan())
			dead := oracle.dead(pod)
			got := graph.Decide(pod)
			for _, c := range graph.Plan().Containers {
				d := got.Containers[c.Name]
				if want := oracle.gate(c.Name, pod, dead); d.Gate != want {
					t.Fatalf("%s: gate of %s is %s, want %s\n%s%+v", mustEncode(t, graph.Plan()), c.Name, d.Gate, want, graph, pod)
				}
				if want := oracle.finished(c.Name, pod, dead); d.Finished != want {
					t.Fatalf("finished of %s is %t, want %t\n%s%+v", c.Name, d.Finished, want, graph, pod)
				}
				if want := oracle.readyWithout(c.Name, pod); d.ReadyWithout != want {
					t.Fatalf("%s: ready without %s is %t, want %t\n%s%+v", mustEncode(t, graph.Plan()), c.Name, d.ReadyWithout, want, graph, pod)
				}
				if (d.Message == "") != (d.Gate == Open) {
					t.Fatalf("gate of %s is %s, and the message is %q\n%s%+v", c.Name, d.Gate, d.Message, graph, pod)
				}
				seen[d.Gate]++
			}
			if want := oracle.complete(pod); got.Complete != want {
				t.Fatalf("complete is %t, want %t\n%s%+v", got.Complete, want, graph, pod)
			}
			if want := oracle.fails(pod, dead); (got.Failed != "") != want {
				t.Fatalf("failed is %q, want a failure: %t\n%s%+v", got.Failed, want, graph, pod)
			}
			if want := oracle.restarting(pod); got.Restarting != want {
				t.Fatalf("restarting is %t, want %t\n%s%+v", got.Restarting, want, graph, pod)
			}
			if !oracle.final(pod) && (oracle.allDone(pod) || oracle.stuck(dead)) {
				withdrawn++
			}
			if got.Complete && got.Failed != "" {
				t.Fatalf("the pod is both complete and failed\n%s%+v", graph, pod)
			}
			if got.Complete {
				complete++
			}
			if got.Failed != "" {
				failed++
			}
			if diff := cmp.Diff(got, graph.Decide(PodObservation{
				Containers: maps.Clone(pod.Containers), SandboxLost: pod.SandboxLost, Outdated: pod.Outdated,
			})); diff != "" {
				t.Fatalf("Decide() is not deterministic (-first +second):\n%s", diff)
			}
		}
	}
	if seen[Open] == 0 || seen[Waiting] == 0 || seen[Unreachable] == 0 || failed == 0 || complete == 0 || withdrawn == 0 {
		t.Errorf("gates %v, %d failed, %d complete, %d only seem so: the random pods do not cover all cases",
			seen, failed, complete, withdrawn)
	}
}

// TestStopIsThatOfTheOracle compares the stop order with the oracle, and checks that the stages follow from it.
func TestStopIsThatOfTheOracle(t *testing.T) {
	random := newRandom(t)
	for range 2000 {
		graph := randomValid(t, random)
		oracle := newOracle(graph.Plan())
		stage := map[string]int{}
		for i, names := range graph.StopStages(allRun) {
			if len(names) == 0 || !slices.IsSorted(names) {
				t.Fatalf("stage %d is %q\n%s", i, names, graph)
			}
			for _, name := range names {
				if _, twice := stage[name]; twice {
					t.Fatalf("%s is in two stages\n%s", name, graph)
				}
				stage[name] = i
			}
		}
		if len(stage) != len(graph.nodes) {
			t.Fatalf("the stages %q do not contain every container\n%s", graph.StopStages(allRun), graph)
		}
		for _, n := range graph.nodes {
			want := slices.Sorted(maps.Keys(oracle.stopsAfter(n.name)))
			got := graph.StopsAfter(n.name)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("StopsAfter(%s) (-want +got):\n%s%s", n.name, diff, graph)
			}
			earliest := 0
			for _, name := range got {
				earliest = max(earliest, stage[name]+1)
			}
			if stage[n.name] != earliest {
				t.Fatalf("%s stops in stage %d, want %d\n%s%q", n.name, stage[n.name], earliest, graph, graph.StopStages(allRun))
			}
		}
	}
}

// TestPlanSurvives: a plan stays the same when it is written to a pod and read again. When it is pinned and parsed again, what
// is normalized is left.
func TestPlanSurvives(t *testing.T) {
	random := newRandom(t)
	for range 400 {
		plan := randomPlan(random)
		pod := podOf(plan)
		if !InUse(pod, podFields) {
			continue
		}
		decoded, errs := FromPod(pod, podFields)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		if diff := cmp.Diff(plan, decoded, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("decoded (-want +got):\n%s", diff)
		}
		parsed, err := ParsePlan(mustEncode(t, plan), plan.PodUID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(plan.normalized(), parsed, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("pinned (-want +got):\n%s", diff)
		}
	}
}

// TestPinnedPlanHasTheSameOrder: what a pinned plan leaves out changes neither the graph, nor a decision, a text or a stop. The
// pinned plan and the pod's own have the same encoding.
func TestPinnedPlanHasTheSameOrder(t *testing.T) {
	random := newRandom(t)
	for range 1000 {
		own := randomValid(t, random)
		text := mustEncode(t, own.Plan())
		plan, err := ParsePlan(text, own.Plan().PodUID)
		if err != nil {
			t.Fatal(err)
		}
		pinned, err := New(plan)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if again := mustEncode(t, plan); again != text {
			t.Fatalf("the encoding is\n%s, was\n%s", again, text)
		}
		if diff := cmp.Diff(edgesOf(own), edgesOf(pinned)); diff != "" {
			t.Fatalf("edges of\n%s (-own +pinned):\n%s", text, diff)
		}
		for range 5 {
			pod := randomObservation(random, own.Plan())
			if diff := cmp.Diff(own.Decide(pod), pinned.Decide(pod)); diff != "" {
				t.Fatalf("decisions on %+v\n%s (-own +pinned):\n%s", pod, text, diff)
			}
		}
		type outcome struct {
			Graph, Stop, Warning string
			Schedule             []ContainerStop
			GracePeriod          int64
		}
		of := func(g *Graph) outcome {
			return outcome{
				g.String(), g.StopMessage(allRun, func(string) bool { return false }), g.UnrestartedSidecars(),
				g.StopSchedule(time.Minute, time.Minute, allRun).Containers, g.Plan().GracePeriodSeconds,
			}
		}
		if diff := cmp.Diff(of(own), of(pinned)); diff != "" {
			t.Fatalf("%s (-own +pinned):\n%s", text, diff)
		}
	}
}

func mustEncode(t *testing.T, plan *Plan) string {
	t.Helper()
	text, err := plan.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
