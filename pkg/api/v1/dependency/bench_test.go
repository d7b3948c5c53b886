// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"fmt"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
)

// benchmark runs with pods of 8, 32 and as many containers as a pod may have, with up to ten edges per container. Compare the
// results with benchstat.
func benchmark(b *testing.B, run func(b *testing.B, n int)) {
	for _, n := range []int{8, 32, MaxContainers} {
		b.Run(fmt.Sprintf("containers=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			run(b, n)
		})
	}
}

func BenchmarkFromPod(b *testing.B) {
	benchmark(b, func(b *testing.B, n int) {
		pod := manyContainers(n)
		for b.Loop() {
			if _, errs := FromPod(pod, podFields); len(errs) > 0 {
				b.Fatal(errs)
			}
		}
	})
}

func BenchmarkNew(b *testing.B) {
	benchmark(b, func(b *testing.B, n int) {
		plan, _ := FromPod(manyContainers(n), podFields)
		for b.Loop() {
			if _, err := New(plan); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkValidate(b *testing.B) {
	benchmark(b, func(b *testing.B, n int) {
		plan, _ := FromPod(manyContainers(n), podFields)
		for b.Loop() {
			var problems problemList
			if validate(plan, places{}, &problems); problems.any() {
				b.Fatal(problems.listed)
			}
		}
	})
}

// benchmarkDecide gives every container the same observation.
func benchmarkDecide(b *testing.B, o Observation) {
	benchmark(b, func(b *testing.B, n int) {
		graph, err := ForPod(manyContainers(n), podFields)
		if err != nil {
			b.Fatal(err)
		}
		pod := PodObservation{Containers: make(map[string]Observation, n)}
		for i := range n {
			pod.Containers[manyName(i)] = o
		}
		for b.Loop() {
			graph.Decide(pod)
		}
	})
}

func BenchmarkDecideAllRun(b *testing.B) {
	benchmarkDecide(b, Observation{State: Running, Active: true, Started: true, Ready: true})
}

func BenchmarkDecideAllWait(b *testing.B) {
	// All containers exited in a former sandbox and will restart, so all but the first wait.
	benchmarkDecide(b, Observation{State: Exited, Restarts: true, Since: time.Unix(1, 0)})
}

// BenchmarkDecideLost decides for a chain whose first container has failed: every container has a chain of reasons.
func BenchmarkDecideLost(b *testing.B) {
	benchmark(b, func(b *testing.B, n int) {
		graph, err := New(chain(n))
		if err != nil {
			b.Fatal(err)
		}
		pod := PodObservation{Containers: map[string]Observation{manyName(0): {State: Exited, Active: true, ExitCode: 1}}}
		for b.Loop() {
			graph.Decide(pod)
		}
	})
}

func BenchmarkStopStages(b *testing.B) {
	benchmark(b, func(b *testing.B, n int) {
		graph, err := ForPod(manyContainers(n), podFields)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			graph.StopStages(allRun)
		}
	})
}

func BenchmarkStopSchedule(b *testing.B) {
	benchmark(b, func(b *testing.B, n int) {
		graph, err := ForPod(manyContainers(n), podFields)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			graph.StopSchedule(time.Minute, time.Minute, allRun)
		}
	})
}

// BenchmarkNewByType builds the graph with the most statements: all containers speak of all others, by type and by the list.
func BenchmarkNewByType(b *testing.B) {
	plan := &Plan{PodUID: "uid", RestartPolicy: v1.RestartPolicyAlways, GracePeriodSeconds: 30}
	for i := range MaxContainers {
		l := &Lifecycle{DependsOn: []Dependency{{Type: Standard}, {Type: Sidecar}}, Before: []Dependency{{Type: Standard}, {Type: Sidecar}}}
		if i%2 == 0 {
			l.Type = Sidecar
		}
		plan.Containers = append(plan.Containers, PlannedContainer{Name: longName(i), PostStart: true, Lifecycle: l})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(plan); err != nil {
			b.Fatal(err)
		}
	}
}
