// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"math/rand"
	"testing"

	v1 "k8s.io/api/core/v1"
)

// TestLiveness: if every started container becomes Ready, and exits if another container waits for its exit, then every
// container starts or is reported as Unreachable.
func TestLiveness(t *testing.T) {
	random := newRandom(t)
	unreachable := 0
	for range 1000 {
		graph := randomValid(t, random)
		l := newLife(random, graph)
		for _, c := range graph.Plan().InitContainers {
			if c.Native {
				l.pod.Containers[c.Name] = Observation{State: Running, Active: true, Started: true, Ready: true}
			}
		}
		for moved := true; moved; {
			moved = false
			for _, name := range l.open(t) {
				moved = true
				l.pod.Containers[name] = Observation{State: Running, Active: true, Started: true, Ready: true}
			}
			if moved {
				continue
			}
			// No further container can start now. Those whose exit is awaited exit.
			for _, c := range graph.Plan().Containers {
				if o := l.pod.Containers[c.Name]; o.State == Running && l.awaitedToFinish(c.Name) {
					moved = true
					o.State, o.Ready, o.ExitCode = Exited, false, int32(random.Intn(4)/3)
					l.pod.Containers[c.Name] = o
				}
			}
		}
		for name, d := range graph.Decide(l.pod).Containers {
			if d.Gate == Waiting {
				t.Fatalf("%s still waits: %s\n%s%+v", name, d.Message, graph, l.pod)
			}
			if d.Gate == Unreachable {
				unreachable++
			}
		}
	}
	if unreachable == 0 {
		t.Error("no container was Unreachable: the random plans do not cover this case")
	}
}

// TestHistories plays random pod lifetimes with failures, restarts and new sandboxes. A container starts only when its edges
// hold. An Unreachable container never starts. Completion and failure are final, and Unreachable is until one of them.
func TestHistories(t *testing.T) {
	random := newRandom(t)
	for range 600 {
		graph := randomValid(t, random)
		oracle := newOracle(graph.Plan())
		l := newLife(random, graph)
		unreachable := map[string]string{}
		complete, failed := false, false
		for range 50 {
			for _, name := range l.open(t) {
				if random.Intn(3) == 0 {
					continue
				}
				dead := oracle.dead(l.pod)
				for pair, condition := range oracle.edges {
					if pair[0] == name && !oracleHolds(condition, l.pod.Containers[pair[1]]) && (condition != StartEnded || !dead[pair[1]]) {
						t.Fatalf("%s starts although %s is not %s\n%s%+v", name, pair[1], condition, graph, l.pod)
					}
				}
				l.pod.Containers[name] = Observation{Active: true, Starting: true}
			}
			l.step()
			got := graph.Decide(l.pod)
			for name, message := range unreachable {
				if d := got.Containers[name]; d.Gate != Unreachable && !got.Complete && got.Failed == "" {
					t.Fatalf("%s was Unreachable (%s), now its gate is %s\n%s%+v", name, message, d.Gate, graph, l.pod)
				}
			}
			for name, d := range got.Containers {
				if d.Gate == Unreachable {
					unreachable[name] = d.Message
				}
			}
			if complete && !got.Complete || failed && got.Failed == "" {
				t.Fatalf("complete was %t, failed was %t, and one is no longer\n%s%+v", complete, failed, graph, l.pod)
			}
			complete, failed = got.Complete, got.Failed != ""
		}
	}
}

// life simulates the lifetime of a pod without a kubelet.
type life struct {
	random *rand.Rand
	graph  *Graph
	pod    PodObservation
}

func newLife(random *rand.Rand, graph *Graph) *life {
	return &life{random: random, graph: graph, pod: PodObservation{Containers: map[string]Observation{}}}
}

// open returns the containers that may start for the first time in this sandbox.
func (l *life) open(t *testing.T) []string {
	t.Helper()
	var open []string
	decisions := l.graph.Decide(l.pod)
	for _, c := range l.graph.Plan().Containers {
		o, d := l.pod.Containers[c.Name], decisions.Containers[c.Name]
		due := !o.Starting && (o.State == NoRecord || !o.Active && o.State != Running)
		if due && d.Gate == Open && !d.Finished {
			open = append(open, c.Name)
		}
	}
	return open
}

func (l *life) awaitedToFinish(name string) bool {
	for pair, condition := range edgesOf(l.graph) {
		if pair[1] == name && (condition == Completed || condition == Succeeded) {
			return true
		}
	}
	return false
}

// step makes a random possible state transition for each container, or none.
func (l *life) step() {
	if l.random.Intn(25) == 0 {
		for name, o := range l.pod.Containers {
			o.Active, o.Starting, o.Ready = false, false, false
			l.pod.Containers[name] = o
		}
	}
	for _, n := range l.graph.nodes {
		o, changed := l.pod.Containers[n.name], l.random.Intn(2) == 0
		switch {
		case !changed:
			continue
		case n.native:
			o = Observation{State: Running, Active: true, Started: true, Ready: l.random.Intn(3) > 0}
		case o.Starting:
			o = Observation{State: pick(l.random, Created, Running, Running), Active: true}
		case o.State == Running && (!o.Active || l.random.Intn(4) == 0):
			o.State, o.Ready, o.ExitCode = Exited, false, int32(l.random.Intn(2))
			o.Restarts = l.restarts(n.name, o.ExitCode)
		case o.State == Running && !o.Started:
			o.Started = true
		case o.State == Running:
			o.Ready = l.random.Intn(3) > 0
		case o.Active && (o.State == Created || o.State == Exited && o.Restarts):
			o = Observation{State: Running, Active: true}
		}
		l.pod.Containers[n.name] = o
	}
}

func (l *life) restarts(name string, code int32) bool {
	for _, c := range l.graph.Plan().Containers {
		if c.Name == name {
			switch l.graph.Plan().effectiveRestartPolicy(&c) {
			case v1.RestartPolicyNever:
				return false
			case v1.RestartPolicyOnFailure:
				return code != 0
			}
		}
	}
	return true
}
