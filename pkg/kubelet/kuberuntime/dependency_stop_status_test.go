// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
)

// While a pod stops, its status shows the progress, and which containers were killed for exceeding their limits.
func TestDependencyStopStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, deafRuntime())
		pod := deafPod(3, 10)
		k.up(t, pod)
		var lock sync.Mutex
		var shown []string
		ended := false
		k.helper.show = func(ctx context.Context, pod *v1.Pod) {
			lock.Lock()
			defer lock.Unlock()
			if ended {
				t.Error("the stop is shown after its end")
			}
			if message := k.PodOrder(ctx, pod, k.status(t, pod)).Stop; len(shown) == 0 || shown[len(shown)-1] != message {
				shown = append(shown, message)
			}
		}
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		lock.Lock()
		ended = true
		want := []string{`stopping "a"; "b" waits for "a"; "c" waits for "a", "b"`, `stopping "b"; "c" waits for "b"`, `stopping "c"`}
		// Between two stages, a container has stopped and the next one has not been told to.
		got := slices.DeleteFunc(shown, func(message string) bool { return !strings.HasPrefix(message, "stopping") })
		lock.Unlock()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("shown (-want +got):\n%s", diff)
		}
		order := k.PodOrder(silence(), pod.Pod, k.status(t, pod.Pod))
		if order.Stop != "" {
			t.Errorf("after the stop: %s", order.Stop)
		}
		wantLimits := map[string]time.Duration{}
		for _, name := range []string{"a", "b", "c"} {
			id := k.id(t, name)
			wantLimits[id.String()] = map[string]time.Duration{"a": 6 * time.Second, "b": 2 * time.Second, "c": 2 * time.Second}[name]
		}
		if !maps.Equal(wantLimits, order.ExceededLimits) {
			t.Errorf("exceeded limits %v, want %v", order.ExceededLimits, wantLimits)
		}
		time.Sleep(time.Hour)
	})
}

// stopsIn returns a runtime whose containers take so long to stop.
func stopsIn(d time.Duration) *recordingRuntime {
	runtime := newRecordingRuntime()
	runtime.serve = func(_ context.Context, c criCall, _ string) error {
		if c.Verb == "stop" {
			time.Sleep(d)
		}
		return nil
	}
	return runtime
}

// What is shown of a stop is what it waits for: a status that lasts for a second, or at the latest that of five seconds after a step.
func TestDependencyStopStatusIsLimited(t *testing.T) {
	for name, tt := range map[string]struct {
		// each is how long each of the chain's containers takes to stop.
		each time.Duration
		want []string
	}{
		"many short stages": {each: 900 * time.Millisecond, want: []string{`5.001s: stopping "f"`}},
		"no shorter than the delay": {each: 1100 * time.Millisecond, want: []string{
			`1.001s: stopping "a"`, `2.101s: stopping "b"`, `3.201s: stopping "c"`, `4.301s: stopping "d"`, `5.401s: stopping "e"`,
			`6.501s: stopping "f"`, `7.601s: stopping "g"`, `8.701s: stopping "h"`, `9.801s: stopping "i"`, `10.901s: stopping "j"`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, stopsIn(tt.each))
				pod := deafPod(10, 60)
				k.up(t, pod)
				began := time.Now()
				var lock sync.Mutex
				var shown []string
				k.helper.show = func(ctx context.Context, pod *v1.Pod) {
					// Let the pod's other goroutines go as far as they can.
					time.Sleep(time.Millisecond)
					message, _, _ := strings.Cut(k.PodOrder(ctx, pod, k.status(t, pod)).Stop, ";")
					lock.Lock()
					defer lock.Unlock()
					shown = append(shown, fmt.Sprintf("%s: %s", time.Since(began), message))
				}
				if err := k.stop(t, pod.Pod, nil); err != nil {
					t.Error(err)
				}
				lock.Lock()
				defer lock.Unlock()
				if diff := cmp.Diff(tt.want, shown); diff != "" {
					t.Errorf("shown (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// In a drain, the updates of all stops take turns: first those of some pods at once, then two per second. A stop that ends before its turn
// leaves it to the others.
func TestDependencyStopStatusOfManyStops(t *testing.T) {
	for name, tt := range map[string]struct {
		// before begin a little earlier than stops, and end after 2.6 s. None of them counts.
		before, stops int
		want          map[time.Duration]int
	}{
		"a few": {stops: 10, want: map[time.Duration]int{time.Second: 0, 1200 * time.Millisecond: 10, time.Minute: 10}},
		"a drain": {stops: 100, want: map[time.Duration]int{
			1200 * time.Millisecond: 10, 2200 * time.Millisecond: 12, 11200 * time.Millisecond: 30, 46 * time.Second: 99, 47 * time.Second: 100,
			time.Minute: 100,
		}},
		"a drain of which most stops end early": {before: 80, stops: 20, want: map[time.Duration]int{
			2600 * time.Millisecond: 0, 12400 * time.Millisecond: 19, 12600 * time.Millisecond: 20, time.Minute: 20,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var turns stopStatusTurns
				began := time.Now()
				begin := func(n int, ctx context.Context, shown *atomic.Int32) {
					for range n {
						status := &stopStatus{changed: make(chan struct{}, 1), turns: &turns}
						status.changes()
						go func() {
							for status.due(ctx) {
								shown.Add(1)
							}
						}()
					}
					synctest.Wait()
				}
				early, cancel := context.WithCancel(t.Context())
				begin(tt.before, early, &atomic.Int32{})
				time.AfterFunc(2600*time.Millisecond, cancel)
				time.Sleep(100 * time.Millisecond)
				var shown atomic.Int32
				begin(tt.stops, t.Context(), &shown)
				for _, at := range slices.Sorted(maps.Keys(tt.want)) {
					time.Sleep(at - time.Since(began))
					synctest.Wait()
					if got := int(shown.Load()); got != tt.want[at] {
						t.Errorf("after %s, %d statuses have been updated, want %d", at, got, tt.want[at])
					}
				}
			})
		})
	}
}

// All stops of the node share the turns. A stop whose turn does not come ends all the same, and is not shown.
func TestDependencyStopStatusWithoutATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, stopsIn(3*time.Second))
		pod := deafPod(3, 60)
		k.up(t, pod)
		k.helper.show = func(context.Context, *v1.Pod) { t.Error("the stop is shown") }
		if !k.stopStatuses.wait(t.Context()) {
			t.Fatal("no stop waits for a turn, but there is none")
		}
		// Another stop never ends its turn.
		k.stopStatuses.next <- struct{}{}
		began := time.Now()
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 9*time.Second {
			t.Errorf("the stop took %s, want 9s", took)
		}
		time.Sleep(time.Minute)
	})
}

// A stop in which something goes on all the time, and that is over within seconds, is not shown: its end is.
func TestDependencyStopStatusOfAQuickStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, stopsIn(450*time.Millisecond))
		pod := deafPod(10, 60)
		k.up(t, pod)
		k.helper.show = func(context.Context, *v1.Pod) { t.Error("the stop is shown") }
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
	})
}

// A limit of no time at all is shown like any other.
func TestDependencyExceededLimitOfZero(t *testing.T) {
	var r podRecords
	r.with("uid", func(p *podRecord) {
		p.instance(probeID("killed")).exceeded = new(time.Duration)
		p.instance(probeID("stopped"))
		if diff := cmp.Diff(map[string]time.Duration{probeText("killed"): 0}, p.exceededLimits()); diff != "" {
			t.Errorf("limits (-want +got):\n%s", diff)
		}
	})
}
