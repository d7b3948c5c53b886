// SPDX-License-Identifier: Apache-2.0

package podstop

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Turns lets the running containers of one pod stop one after another. It is safe for concurrent use.
type Turns struct {
	lock sync.Mutex
	// running counts the running containers of each name: the runtime may know two for a while.
	running map[string]int
	// gone is closed when the last running container of the name has stopped.
	gone map[string]chan struct{}
	// after are the names that must be gone before the container of a name is told to stop.
	after map[string][]string
	// stages have the names of the running containers that are stopped in them, and what was measured.
	stages []stage
	// told are the names of the containers that have been told to stop.
	told map[string]bool
}

type stage struct {
	names      []string
	begin, end time.Time
}

// NewTurns returns the turns of containers that run now. A name stands there once for each container that runs under it. after
// returns the names that must be gone before the container of a name is told to stop, and stages are the names by the stages in
// which they stop when all take equally long.
func NewTurns(names []string, after func(name string) []string, stages [][]string) *Turns {
	t := &Turns{running: map[string]int{}, gone: map[string]chan struct{}{}, after: map[string][]string{}, told: map[string]bool{}}
	for _, name := range names {
		if t.running[name]++; t.running[name] == 1 {
			t.gone[name] = make(chan struct{})
			t.after[name] = after(name)
		}
	}
	for _, names := range stages {
		t.stages = append(t.stages, stage{names: names})
	}
	return t
}

// Wait returns when it is the container's turn, or when the clock leaves no time for turns.
func (t *Turns) Wait(name string, clock *Clock) {
	for _, other := range t.after[name] {
		if gone, running := t.gone[other]; running && !clock.WaitFor(gone) {
			return
		}
	}
}

// Running reports whether a container of the name has not stopped yet.
func (t *Turns) Running(name string) bool {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.running[name] > 0
}

// Tell notes that a container is told to stop. When it is the first of its stage, it returns the stage in words.
func (t *Turns) Tell(name string) (stage string) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.told[name] = true
	i := t.stageOf(name)
	if i < 0 || !t.stages[i].begin.IsZero() {
		return ""
	}
	t.stages[i].begin = time.Now()
	return fmt.Sprintf("Stopping %s (stage %d of %d)", strings.Join(t.stages[i].names, ", "), i+1, len(t.stages))
}

// Stopped lets those go on that wait for the container.
func (t *Turns) Stopped(name string) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.running[name]--; t.running[name] == 0 {
		close(t.gone[name])
	}
	if i := t.stageOf(name); i >= 0 {
		t.stages[i].end = time.Now()
	}
}

// Progress calls say with two functions that report of a name whether its container still runs, and whether it has been told to
// stop. Neither changes meanwhile.
func (t *Turns) Progress(say func(running, told func(name string) bool) string) string {
	t.lock.Lock()
	defer t.lock.Unlock()
	return say(func(name string) bool { return t.running[name] > 0 }, func(name string) bool { return t.told[name] })
}

// stageOf returns the index of the container's stage, and -1 when it has none.
func (t *Turns) stageOf(name string) int {
	return slices.IndexFunc(t.stages, func(s stage) bool { return slices.Contains(s.names, name) })
}

// StageDurations returns how long each stage took in which a container was stopped.
func (t *Turns) StageDurations() []time.Duration {
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
