// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"errors"
	"fmt"
	"math/rand"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	v1 "k8s.io/api/core/v1"
)

// checkText fails the test if the text exceeds the bounds of a text in a status or an event, or was cut somewhere.
func checkText(t *testing.T, g *Graph, text string) {
	t.Helper()
	named := 0
	for i := range g.nodes {
		if strings.Contains(text, strings.Trim(strconv.Quote(g.nodes[i].name), `"`)) {
			named++
		}
	}
	if len(text) > MaxTextBytes || named > MaxTextNames || !utf8.ValidString(text) || strings.HasSuffix(text, "…") {
		t.Fatalf("a text of %d bytes with %d names: %q", len(text), named, text)
	}
}

// crowded returns the graph of a pod with as many containers as there may be, with the longest names.
func crowded(t *testing.T, policy v1.RestartPolicy, lifecycle func(i int) *Lifecycle) *Graph {
	t.Helper()
	plan := &Plan{RestartPolicy: policy, GracePeriodSeconds: 30}
	for i := range MaxContainers {
		plan.Containers = append(plan.Containers, PlannedContainer{Name: longName(i), Lifecycle: lifecycle(i)})
	}
	graph, err := New(plan)
	if err != nil {
		t.Fatal(err)
	}
	return graph
}

// waitForAllBefore lets some containers wait for all that come before them, and the others for the first. More entries would
// not fit into a plan.
func waitForAllBefore(condition Condition) func(int) *Lifecycle {
	return func(i int) *Lifecycle {
		targets := min(i, 1)
		if i%(MaxContainers/4) == MaxContainers/4-1 {
			targets = i
		}
		l := &Lifecycle{}
		for k := range targets {
			l.DependsOn = append(l.DependsOn, Dependency{Container: longName(k), Condition: condition})
		}
		return l
	}
}

func waitForTheOneBefore(condition Condition) func(int) *Lifecycle {
	return func(i int) *Lifecycle {
		if i == 0 {
			return nil
		}
		return &Lifecycle{DependsOn: []Dependency{{Container: longName(i - 1), Condition: condition}}}
	}
}

func halfSidecars(i int) *Lifecycle {
	if i%2 == 0 {
		return nil
	}
	return &Lifecycle{Type: Sidecar}
}

// TestTextsOfDecisionsAreBounded: the messages of a pod with as many containers as there may be are short, and making them
// takes little.
func TestTextsOfDecisionsAreBounded(t *testing.T) {
	since := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	everyone := func(o Observation) PodObservation {
		pod := PodObservation{Containers: map[string]Observation{}}
		for i := range MaxContainers {
			pod.Containers[longName(i)] = o
		}
		return pod
	}
	restarting := Observation{State: Exited, ExitCode: -1 << 31, Restarts: true, Since: since, PullError: strings.Repeat("x", 2*maxValueBytes)}
	firstFailed := PodObservation{Containers: map[string]Observation{longName(0): {State: Exited, ExitCode: -1 << 31, Since: since}}}
	lost := PodObservation{SandboxLost: true}
	for name, tt := range map[string]struct {
		graph *Graph
		pod   PodObservation
		gate  Gate
		// gated is the least number of containers that are held back.
		gated int
	}{
		"Standard wait for Sidecars": {crowded(t, "", halfSidecars), everyone(restarting), Waiting, MaxContainers / 2},
		"nothing has been created":   {crowded(t, "", waitForAllBefore(Ready)), PodObservation{}, Waiting, MaxContainers - 1},
		"all will be restarted":      {crowded(t, "", waitForAllBefore(Started)), everyone(restarting), Waiting, MaxContainers - 1},
		"all are unreachable":        {crowded(t, "Never", waitForAllBefore(Succeeded)), firstFailed, Unreachable, MaxContainers - 1},
		"a chain is unreachable":     {crowded(t, "Never", waitForTheOneBefore(Succeeded)), firstFailed, Unreachable, MaxContainers - 1},
		"the sandbox is lost":        {crowded(t, "Never", waitForTheOneBefore(Succeeded)), lost, Unreachable, MaxContainers},
	} {
		t.Run(name, func(t *testing.T) {
			decisions := tt.graph.Decide(tt.pod)
			sum, gated := 0, 0
			for _, d := range decisions.Containers {
				checkText(t, tt.graph, d.Message)
				sum += len(d.Message)
				if d.Gate == tt.gate {
					gated++
				}
			}
			if gated < tt.gated || sum > MaxContainers*MaxTextBytes {
				t.Errorf("%d containers are %s, want %d; their messages have %d bytes", gated, tt.gate, tt.gated, sum)
			}
			checkText(t, tt.graph, decisions.Failed)
			expectAllocs(t, "Decide", 2<<20, func() { tt.graph.Decide(tt.pod) })
		})
	}
}

// TestTextOfPullErrorIsBounded: the error of a runtime is shortened, and the blockers are named all the same.
func TestTextOfPullErrorIsBounded(t *testing.T) {
	graph := crowded(t, "", halfSidecars)
	text := graph.Decide(PodObservation{Containers: map[string]Observation{
		longName(0): {PullError: strings.Repeat("\xffé", 10_000)},
	}}).Containers[longName(0)].Message
	checkText(t, graph, strings.TrimSuffix(text, "…"))
	if !strings.HasPrefix(text, "waiting for \""+longName(1)) || !strings.Contains(text, " more; its image cannot be pulled: é") {
		t.Errorf("the text is %q", text)
	}
}

// TestTextsOfStrangeNamesAreBounded: a pinned plan may have names that no API server accepts, and that are long when quoted.
func TestTextsOfStrangeNamesAreBounded(t *testing.T) {
	plan := &Plan{RestartPolicy: v1.RestartPolicyOnFailure, GracePeriodSeconds: 30}
	for i := range MaxContainers {
		length := 20
		if i%8 == 0 {
			length += i
		}
		c := PlannedContainer{Name: fmt.Sprintf("%03d%s", i, strings.Repeat("\x00", length))}
		if i > 0 {
			c.Lifecycle = &Lifecycle{Type: Sidecar, DependsOn: []Dependency{{Container: plan.Containers[i-1].Name, Condition: Started}}}
		}
		plan.Containers = append(plan.Containers, c)
	}
	graph, err := New(plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, pod := range []PodObservation{{}, {SandboxLost: true}} {
		for _, d := range graph.Decide(pod).Containers {
			checkText(t, graph, d.Message)
		}
	}
	for told := range plan.Containers {
		checkText(t, graph, graph.StopMessage(allRun, func(name string) bool { return name >= plan.Containers[told].Name }))
	}
	checkText(t, graph, graph.UnrestartedSidecars())
}

// TestTextsOfStopsAreBounded: as TestTextsOfDecisionsAreBounded, at every moment of a stop.
func TestTextsOfStopsAreBounded(t *testing.T) {
	for name, graph := range map[string]*Graph{
		"half are Sidecars": crowded(t, "", halfSidecars),
		"all after another": crowded(t, "", waitForAllBefore(Ready)),
		"a chain":           crowded(t, "", waitForTheOneBefore(Ready)),
		"all at once":       crowded(t, "", func(int) *Lifecycle { return nil }),
	} {
		t.Run(name, func(t *testing.T) {
			random, said := rand.New(rand.NewSource(1)), 0
			stopped, told := map[string]bool{}, map[string]bool{}
			running := func(name string) bool { return !stopped[name] }
			for step := range 2 * MaxContainers {
				told[longName(MaxContainers-1-random.Intn(step/2+1))] = true
				text := graph.StopMessage(running, func(name string) bool { return told[name] })
				checkText(t, graph, text)
				if text != "" {
					said++
				}
				if step%2 == 1 {
					stopped[longName(MaxContainers-1-step/2)] = true
				}
			}
			if said == 0 {
				t.Error("no text")
			}
			none := func(string) bool { return false }
			expectAllocs(t, "StopMessage", 64<<10, func() { graph.StopMessage(allRun, none) })
		})
	}
}

// TestTextsOfProblemsAreBounded: as TestTextsOfDecisionsAreBounded, for what is wrong with a pod.
func TestTextsOfProblemsAreBounded(t *testing.T) {
	long := strings.Repeat("x\xffé\n", 3000)
	h := newHostile(MaxContainers, 0, 1)
	for i := range MaxContainers {
		// Each waits for the next, the last for the first.
		h.says(i, &Lifecycle{DependsOn: []Dependency{{Container: longName((i + 1) % MaxContainers)}}})
	}
	graph := crowded(t, "", halfSidecars)
	one := func(l *Lifecycle) *hostilePod { return newHostile(2, 0, 1).says(0, l) }
	annotated := func(value string) *hostilePod { return newHostile(1, 0, 0).annotate(longName(0), value) }
	for name, pod := range map[string]*hostilePod{
		"a long cycle":     h,
		"a long type":      one(&Lifecycle{Type: Type(long)}),
		"a long condition": one(&Lifecycle{DependsOn: []Dependency{{Container: longName(1), Condition: Condition(long)}}}),
		"a long name": one(&Lifecycle{
			DependsOn: []Dependency{{Container: long}, {Container: long}}, Before: names(longName(0), long, long),
		}),
		"a long difference": one(&Lifecycle{Before: names(long)}).
			annotate(longName(0), `{"before":["`+strings.Repeat("y", 9000)+`"]}`),
		"a long key":                             newHostile(1, 0, 0).annotate(long, "{}"),
		"a long key of an init container":        one(nil).annotate("i0", long),
		"a long annotation":                      annotated(long),
		"a long annotation that is long quoted":  annotated(strings.Repeat("\U0010ffff\x00", 2000)),
		"a long unknown field":                   annotated(`{"` + strings.Repeat("x", 9000) + `":1}`),
		"a long field's name that is not a name": annotated("? [" + strings.Repeat("x", 9000) + "]\n: 1"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ForPod(pod.pod, pod.lifecycle)
			var invalid *InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("ForPod() error %v, want an InvalidError", err)
			}
			checkText(t, graph, err.Error())
			for _, problem := range invalid.Problems {
				checkText(t, graph, problem.Error())
			}
		})
	}
	_, err := ForPod(h.pod, h.lifecycle)
	want := fmt.Sprintf("%s -> (120 more) -> %s", longName(7), longName(0))
	if !strings.Contains(err.Error(), want) {
		t.Errorf("the cycle does not end with %s: %v", want, err)
	}
}

// TestUnrestartedSidecarsIsBounded: as TestTextsOfDecisionsAreBounded, for the warning.
func TestUnrestartedSidecarsIsBounded(t *testing.T) {
	graph := crowded(t, "OnFailure", halfSidecars)
	text := graph.UnrestartedSidecars()
	checkText(t, graph, text)
	if !strings.Contains(text, " and 56 more. Set ") {
		t.Errorf("the warning does not say how many more there are: %s", text)
	}
}

// TestTextOfProblemsNamesFew: however short the names are.
func TestTextOfProblemsNamesFew(t *testing.T) {
	pod := newPod()
	for i := range 10 {
		name := string(rune('a' + i))
		pod.container(name, `{"before":[{"container":"j"},{"container":"j"}]}`)
	}
	_, err := ForPod(pod.pod, podFields)
	if err == nil || !strings.HasSuffix(err.Error(), "; and 4 more") {
		t.Errorf("the text does not end with the number of the others: %v", err)
	}
}
