// SPDX-License-Identifier: Apache-2.0

package podstop

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// chain is an order in which each name stops after all names before it.
type chain []string

func (c chain) after(name string) []string {
	for i := range c {
		if c[i] == name {
			return c[:i]
		}
	}
	return nil
}

func (c chain) turns(running ...string) *Turns {
	var stages [][]string
	for _, name := range c {
		if slices.Contains(running, name) {
			stages = append(stages, []string{name})
		}
	}
	return NewTurns(running, c.after, stages)
}

// stopAll stops the containers. takes has the time that each container needs to stop, by name. The result has the time at
// which each container was told to stop.
func stopAll(turns *Turns, clock *Clock, takes map[string]time.Duration, names []string) map[string]time.Duration {
	began := time.Now()
	told := map[string]time.Duration{}
	var lock sync.Mutex
	var wg sync.WaitGroup
	for _, name := range names {
		wg.Go(func() {
			turns.Wait(name, clock)
			turns.Tell(name)
			lock.Lock()
			told[name] = max(told[name], time.Since(began))
			lock.Unlock()
			time.Sleep(takes[name])
			turns.Stopped(name)
		})
	}
	wg.Wait()
	return told
}

func TestTurns(t *testing.T) {
	second := time.Second
	for name, tt := range map[string]struct {
		running []string
		grace   time.Duration
		takes   map[string]time.Duration
		want    map[string]time.Duration
	}{
		"one after another": {
			running: []string{"a", "b", "c"}, grace: time.Minute, takes: map[string]time.Duration{"a": 3 * second, "b": 4 * second},
			want: map[string]time.Duration{"a": 0, "b": 3 * second, "c": 7 * second},
		},
		"past a container that has exited": {
			running: []string{"a", "c"}, grace: time.Minute, takes: map[string]time.Duration{"a": 3 * second},
			want: map[string]time.Duration{"a": 0, "c": 3 * second},
		},
		"two containers of one name": {
			running: []string{"a", "a", "b"}, grace: time.Minute, takes: map[string]time.Duration{"a": 3 * second},
			want: map[string]time.Duration{"a": 0, "b": 3 * second},
		},
		"no time left": {
			running: []string{"a", "b"}, grace: 5 * second, takes: map[string]time.Duration{"a": time.Hour},
			want: map[string]time.Duration{"a": 0, "b": 5 * second},
		},
		"at once": {
			running: []string{"a", "b", "c"}, grace: second, takes: map[string]time.Duration{"a": second, "b": second},
			want: map[string]time.Duration{"a": 0, "b": 0, "c": 0},
		},
		"a container that is not in the order": {
			running: []string{"a", "debugger"}, grace: time.Minute, takes: map[string]time.Duration{"a": second},
			want: map[string]time.Duration{"a": 0, "debugger": 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				turns := chain{"a", "b", "c"}.turns(tt.running...)
				got := stopAll(turns, NewClock(tt.grace, time.Second, time.Time{}), tt.takes, tt.running)
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
				for _, name := range tt.running {
					if turns.Running(name) {
						t.Errorf("%q still runs", name)
					}
				}
			})
		})
	}
}

// TestTurnsTellNames: the text of a stage names few of its containers.
func TestTurnsTellNames(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}
	for n, want := range map[int]string{
		8:  "Stopping a, b, c, d, e, f, g, h (stage 1 of 1)",
		10: "Stopping a, b, c, d, e, f, g, h and 2 more (stage 1 of 1)",
	} {
		turns := NewTurns(names[:n], func(string) []string { return nil }, [][]string{names[:n]})
		if got := turns.Tell("a"); got != want {
			t.Errorf("%d containers: %q, want %q", n, got, want)
		}
	}
}

// TestTurnsTell: Tell describes each stage once, and Progress follows the stop.
func TestTurnsTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := chain{"a", "b"}.turns("a", "a", "b")
		progress := func() string {
			return turns.Progress(func(running, told func(string) bool) string {
				return fmt.Sprint("a ", running("a"), told("a"), ", b ", running("b"), told("b"))
			})
		}
		var said []string
		say := func(text string) { said = append(said, text) }
		say(turns.Tell("a"))
		say(turns.Tell("a"))
		say(turns.Tell("debugger"))
		time.Sleep(2 * time.Second)
		turns.Stopped("a")
		say(progress())
		turns.Stopped("a")
		say(turns.Tell("b"))
		say(progress())
		time.Sleep(time.Second)
		turns.Stopped("b")
		want := []string{
			"Stopping a (stage 1 of 2)", "", "", "a true true, b true false", "Stopping b (stage 2 of 2)", "a false true, b true true",
		}
		if diff := cmp.Diff(want, said); diff != "" {
			t.Errorf("texts (-want +got):\n%s", diff)
		}
		var took []time.Duration
		for _, stage := range turns.Stages() {
			took = append(took, stage.End.Sub(stage.Begin))
		}
		if diff := cmp.Diff([]time.Duration{2 * time.Second, time.Second}, took); diff != "" {
			t.Errorf("Stages() (-want +got):\n%s", diff)
		}
	})
}

// TestTurnsTellIsBounded: a stage of many containers has a short description.
func TestTurnsTellIsBounded(t *testing.T) {
	var names []string
	for i := range 128 {
		names = append(names, fmt.Sprintf("container-%03d", i))
	}
	for n, want := range map[int]string{
		8: "Stopping container-000, container-001, container-002, container-003, container-004, container-005, container-006, " +
			"container-007 (stage 1 of 1)",
		128: "Stopping container-000, container-001, container-002, container-003, container-004, container-005, container-006, " +
			"container-007 and 120 more (stage 1 of 1)",
	} {
		turns := NewTurns(names[:n], func(string) []string { return nil }, [][]string{names[:n]})
		if diff := cmp.Diff(want, turns.Tell(names[0])); diff != "" {
			t.Errorf("%d containers (-want +got):\n%s", n, diff)
		}
	}
}
