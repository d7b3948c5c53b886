// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"maps"
	"testing"
	"time"
)

// restartBeganSlowly is the definition of Decisions.Restarting: it decides anew for each exit that restarts all containers, on
// what had happened by then.
func restartBeganSlowly(g *Graph, pod PodObservation) bool {
	for name, exited := range pod.Containers {
		if exited.State != Exited || !exited.RestartsAll {
			continue
		}
		then := PodObservation{Containers: maps.Clone(pod.Containers)}
		for other, o := range then.Containers {
			o.RestartsAll = false
			if o.State == Exited && o.Since.After(exited.Since) && (g.IsStandard(name) || o.ExitCode != 0 || o.Stopped) {
				o.State = Running
			}
			then.Containers[other] = o
		}
		if d := g.Decide(then); !d.Complete && d.Failed == "" {
			return true
		}
	}
	return false
}

// withRestartsOfAll returns the observation with random exits that restart all containers, at random times.
func (l *life) withRestartsOfAll() PodObservation {
	pod := PodObservation{Containers: maps.Clone(l.pod.Containers), SandboxLost: l.random.Intn(4) == 0}
	for name, o := range pod.Containers {
		if o.State == Exited {
			o.Since = time.Unix(int64(l.random.Intn(5)), 0)
			o.RestartsAll = l.random.Intn(3) == 0
			o.Restarts = o.Restarts || o.RestartsAll
			pod.Containers[name] = o
		}
	}
	return pod
}

// TestRestartOfAllIsThatOfItsDefinition compares with the definition, for arbitrary observations and for random histories. A
// pod that restarts has neither completed nor failed, and only such an exit or an Outdated observation keeps it from that.
func TestRestartOfAllIsThatOfItsDefinition(t *testing.T) {
	random := newRandom(t)
	began, ended, revived := 0, 0, 0
	check := func(graph *Graph, pod PodObservation) {
		t.Helper()
		got, want := graph.Decide(pod), restartBeganSlowly(graph, pod)
		if got.Restarting != want {
			t.Fatalf("restarting is %t, want %t\n%s%+v", got.Restarting, want, graph, pod)
		}
		plain := PodObservation{Containers: maps.Clone(pod.Containers), SandboxLost: pod.SandboxLost}
		exits := false
		for name, o := range plain.Containers {
			exits = exits || o.State == Exited && o.RestartsAll
			o.RestartsAll = false
			plain.Containers[name] = o
		}
		looks := graph.Decide(plain)
		if want || pod.Outdated {
			looks.Complete, looks.Failed = false, ""
			revived++
		}
		if got.Complete != looks.Complete || got.Failed != looks.Failed {
			t.Fatalf("complete %t, failed %q, want %t, %q\n%s%+v", got.Complete, got.Failed, looks.Complete, looks.Failed, graph, pod)
		}
		switch {
		case want:
			began++
		case exits:
			ended++
		}
	}
	for range 1000 {
		graph := randomValid(t, random)
		for range 5 {
			check(graph, randomObservation(random, graph.Plan()))
		}
		l := newLife(random, graph)
		for range 20 {
			for _, name := range l.open(t) {
				l.pod.Containers[name] = Observation{Active: true, Starting: true}
			}
			l.step()
			check(graph, l.withRestartsOfAll())
		}
	}
	if began < 100 || ended < 100 || revived < 100 {
		t.Errorf("%d restarts began, %d exits came after the end, %d pods were not ended: the random pods do not cover all cases",
			began, ended, revived)
	}
}

// exitsOfEnded returns the observation of a pod of n containers that had ended by each of its exits that restart all: every
// other container has exited so, one after another. The others are as given.
func exitsOfEnded(n int, name func(i int) string, others Observation, restartsAll bool) PodObservation {
	pod := PodObservation{Containers: map[string]Observation{}}
	for i := range n {
		pod.Containers[name(i)] = others
		if i%2 == 1 {
			pod.Containers[name(i)] = Observation{
				State: Exited, Active: true, ExitCode: 1, Since: time.Unix(int64(i), 0), RestartsAll: restartsAll,
			}
		}
	}
	return pod
}

// TestRestartOfAllIsBounded: however many containers restart all, a decision takes little more than one of a pod without them.
func TestRestartOfAllIsBounded(t *testing.T) {
	for name, tt := range map[string]struct {
		lifecycle func(i int) *Lifecycle
		others    Observation
	}{
		"Sidecars of a complete pod": {halfSidecars, Observation{State: Exited, Active: true, Since: time.Unix(0, 0)}},
		"a chain that has failed":    {waitForTheOneBefore(Succeeded), Observation{}},
	} {
		t.Run(name, func(t *testing.T) {
			graph := crowded(t, "OnFailure", tt.lifecycle)
			plain := exitsOfEnded(MaxContainers, longName, tt.others, false)
			restarts := exitsOfEnded(MaxContainers, longName, tt.others, true)
			if d := graph.Decide(restarts); d.Restarting || !d.Complete && d.Failed == "" {
				t.Fatalf("the pod has not ended: %+v", d)
			}
			limit := allocated(0, func() { graph.Decide(plain) }) + 64<<10
			expectAllocs(t, "Decide", limit, func() { graph.Decide(restarts) })
		})
	}
}

// BenchmarkDecideRestartsAll decides for a failed chain in which every other container has exited so that all would restart.
func BenchmarkDecideRestartsAll(b *testing.B) {
	benchmark(b, func(b *testing.B, n int) {
		graph, err := New(chain(n))
		if err != nil {
			b.Fatal(err)
		}
		pod := exitsOfEnded(n, manyName, Observation{}, true)
		for b.Loop() {
			graph.Decide(pod)
		}
	})
}
