// SPDX-License-Identifier: Apache-2.0

package podstop

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Turns stops the running containers of one pod in order. It is safe for concurrent use.
type Turns struct {
	lock sync.Mutex
	// running counts the running containers by name: the runtime may have two of the same name for a while.
	running map[string]int
	// gone has a channel for each name. It is closed when the last running container of that name has stopped.
	gone map[string]chan struct{}
	// after has, for each name, the names that must be gone before the container is told to stop.
	after map[string][]string
	// stages has the names of the running containers of each stage, and the times measured.
	stages []stage
	// told has the names of the containers that have been told to stop.
	told map[string]bool
}

type stage struct {
	names      []string
	begin, end time.Time
}

// NewTurns returns the turns of the running containers. names has one element per running container, so a name may repeat.
// after returns the names that must be gone before the named container is told to stop. stages groups the names by stage,
// assuming that all containers take equally long to stop.
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

// Running reports whether a container of that name still runs.
func (t *Turns) Running(name string) bool {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.running[name] > 0
}

// Tell records that a container is told to stop. For the first container of a stage, it returns a description of the stage.
func (t *Turns) Tell(name string) (stage string) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.told[name] = true
	i := t.stageOf(name)
	if i < 0 || !t.stages[i].begin.IsZero() {
		return ""
	}
	t.stages[i].begin = time.Now()
	return fmt.Sprintf("Stopping %s (stage %d of %d)", list(t.stages[i].names), i+1, len(t.stages))
}

// maxListed bounds the number of names in a description.
const maxListed = 8

func list(names []string) string {
	if more := len(names) - maxListed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxListed], ", "), more)
	}
	return strings.Join(names, ", ")
}

// Stopped records that a container of that name has stopped. After the last one, it unblocks the containers that wait for
// the name.
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

// Progress returns the result of say. It passes say two functions: running reports whether the named container still runs,
// told whether it has been told to stop. Their results do not change during the call.
func (t *Turns) Progress(say func(running, told func(name string) bool) string) string {
	t.lock.Lock()
	defer t.lock.Unlock()
	return say(func(name string) bool { return t.running[name] > 0 }, func(name string) bool { return t.told[name] })
}

// stageOf returns the index of the container's stage, or -1 if it has none.
func (t *Turns) stageOf(name string) int {
	return slices.IndexFunc(t.stages, func(s stage) bool { return slices.Contains(s.names, name) })
}

// Stage is a stage that is over.
type Stage struct {
	// Names names the containers of the stage.
	Names      string
	Begin, End time.Time
}

// Stages returns each stage in which a container was told to stop.
func (t *Turns) Stages() []Stage {
	t.lock.Lock()
	defer t.lock.Unlock()
	var stages []Stage
	for _, s := range t.stages {
		if !s.begin.IsZero() {
			stages = append(stages, Stage{Names: list(s.names), Begin: s.begin, End: s.end})
		}
	}
	return stages
}
