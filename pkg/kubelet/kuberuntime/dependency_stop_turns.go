// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

// stopTurns lets the containers of one stop wait for one another.
type stopTurns struct {
	lock sync.Mutex
	// running counts the running containers of each name: the runtime may know two for a while.
	running map[string]int
	// gone is closed when the last running container of the name has stopped.
	gone map[string]chan struct{}
	// after are the names that must be gone before the container of a name is told to stop.
	after map[string][]string
	// stages have the names of the running containers that are stopped in them, and what was measured.
	stages []stopStage
	// told are the names of the containers that have been told to stop.
	told map[string]bool
}

type stopStage struct {
	names      []string
	begin, end time.Time
}

func newStopTurns(graph *dependency.Graph, names []string) *stopTurns {
	t := &stopTurns{running: map[string]int{}, gone: map[string]chan struct{}{}, after: map[string][]string{}, told: map[string]bool{}}
	for _, name := range names {
		if t.running[name]++; t.running[name] == 1 {
			t.gone[name] = make(chan struct{})
			t.after[name] = graph.StopsAfter(name)
		}
	}
	for _, stage := range graph.StopStages(func(name string) bool { return t.running[name] > 0 }) {
		t.stages = append(t.stages, stopStage{names: stage})
	}
	return t
}

// wait returns when it is the container's turn, or when there is no time for turns.
func (t *stopTurns) wait(name string, clock *stopClock) {
	for _, other := range t.after[name] {
		if gone, running := t.gone[other]; running && !clock.waitFor(gone) {
			return
		}
	}
}

// isRunning tells whether a container of the name has not stopped yet.
func (t *stopTurns) isRunning(name string) bool {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.running[name] > 0
}

// begins notes that a container is told to stop. When it is the first of its stage, it says which stage that is.
func (t *stopTurns) begins(name string) (stage string) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.told[name] = true
	s := t.stage(name)
	if s == nil || !s.begin.IsZero() {
		return ""
	}
	s.begin = time.Now()
	for i := range t.stages {
		if &t.stages[i] == s {
			stage = fmt.Sprintf("Stopping %s (stage %d of %d)", strings.Join(s.names, ", "), i+1, len(t.stages))
		}
	}
	return stage
}

// stopped lets those go on that wait for the container.
func (t *stopTurns) stopped(name string) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.running[name]--; t.running[name] == 0 {
		close(t.gone[name])
	}
	if s := t.stage(name); s != nil {
		s.end = time.Now()
	}
}

// message tells users how far the stop is.
func (t *stopTurns) message(graph *dependency.Graph) string {
	t.lock.Lock()
	defer t.lock.Unlock()
	return graph.StopMessage(func(name string) bool { return t.running[name] > 0 }, func(name string) bool { return t.told[name] })
}

func (t *stopTurns) stage(name string) *stopStage {
	for i := range t.stages {
		if slices.Contains(t.stages[i].names, name) {
			return &t.stages[i]
		}
	}
	return nil
}

// stageDurations returns how long each stage took in which a container was stopped.
func (t *stopTurns) stageDurations() []time.Duration {
	t.lock.Lock()
	defer t.lock.Unlock()
	var durations []time.Duration
	for _, s := range t.stages {
		if !s.begin.IsZero() {
			durations = append(durations, s.end.Sub(s.begin))
		}
	}
	return durations
}
