// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// earlyPod is a pod whose app takes 10 s to stop, and whose proxy stops after it and runs its preStop hook at the termination.
func earlyPod() podBuilder {
	return podOf("app", "proxy").says("app", `{"dependsOn":[{"container":"proxy","condition":"Started"}]}`).atTermination("proxy")
}

// hooks is a runtime whose app takes 10 s to stop, and whose preStop hooks run until their container has exited, but no longer than
// the given time.
func (r *recordingRuntime) withHooks(takes time.Duration) *recordingRuntime {
	r.serve = func(ctx context.Context, c criCall, id string) error {
		switch {
		case c.Verb == "preStop":
			for began := time.Now(); time.Since(began) < takes && r.runs(id) && ctx.Err() == nil; {
				time.Sleep(100 * time.Millisecond)
			}
		case c.String() == "stop app":
			time.Sleep(min(10, time.Duration(c.Timeout)) * time.Second)
		}
		return nil
	}
	return r
}

// A hook that runs at the termination and takes longer than the time until its container's turn has the container's limit from then
// on, and the next container does not wait longer than that.
func TestDependencyStopHookAtTerminationThatHangs(t *testing.T) {
	for name, tt := range map[string]struct {
		own  string
		want map[string]float64
	}{
		"in what is left of the period":     {own: `{"preStopTiming":"AtTermination"}`, want: map[string]float64{"app": 10, "proxy": 30}},
		"in the container's own limit":      {own: `{"preStopTiming":"AtTermination","stopTimeoutSeconds":5}`, want: map[string]float64{"app": 10, "proxy": 15}},
		"the same, in the container's turn": {own: `{"stopTimeoutSeconds":5}`, want: map[string]float64{"app": 10, "proxy": 15}},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime().withHooks(time.Hour))
				pod := earlyPod().says("proxy", tt.own)
				k.up(t, pod)
				began := time.Now()
				if err := k.stop(t, pod.Pod, nil); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(tt.want, k.runtime.ends(began), roughly); diff != "" {
					t.Errorf("ends after (-want +got):\n%s", diff)
				}
				if n := count(k.runtime.verbs(), "preStop proxy"); n != 1 {
					t.Errorf("the hook ran %d times", n)
				}
				time.Sleep(time.Hour)
			})
		})
	}
}

// A hook at the termination keeps to a grace period that is shortened while it runs.
func TestDependencyStopHookAtTerminationShortened(t *testing.T) {
	for name, tt := range map[string]struct {
		seconds int64
		want    map[string]float64
	}{
		"shortened":            {seconds: 6, want: map[string]float64{"app": 9, "proxy": 11}},
		"shortened to nothing": {seconds: 1, want: map[string]float64{"app": 7, "proxy": 6}},
		"by force":             {seconds: 0, want: map[string]float64{"app": 7, "proxy": 5}},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime().withHooks(time.Hour))
				pod := earlyPod()
				k.up(t, pod)
				began := time.Now()
				go func() {
					time.Sleep(5 * time.Second)
					ordering.GracePeriods.Publish(pod.UID, tt.seconds)
				}()
				if err := k.stop(t, pod.Pod, nil); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(tt.want, k.runtime.ends(began), roughly); diff != "" {
					t.Errorf("ends after (-want +got):\n%s", diff)
				}
				time.Sleep(time.Hour)
			})
		})
	}
}

// The end of a container ends its hook, also before its turn.
func TestDependencyStopHookAtTerminationOfAnExitedContainer(t *testing.T) {
	for name, hook := range map[string]func(*v1.Container){"sleep": preStopSleep(25), "exec": preStop} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime().withHooks(25*time.Second))
				pod := earlyPod().with("proxy", hook)
				k.up(t, pod)
				k.eventsSoFar()
				began := time.Now()
				go func() {
					time.Sleep(3 * time.Second)
					k.runtime.exitNamed("proxy", 0)
				}()
				if err := k.stop(t, pod.Pod, nil); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > 11*time.Second {
					t.Errorf("the stop took %s", took)
				}
				if events := k.eventsSoFar(); reasons(events, "FailedPreStopHook") > 0 {
					t.Errorf("events: %v", events)
				}
				time.Sleep(time.Hour)
			})
		})
	}
}

// A container whose start is in flight when the pod begins to stop gets its hook when it runs, and no hook if it does not.
func TestDependencyStopHookAtTerminationOfALateContainer(t *testing.T) {
	for name, tt := range map[string]struct {
		takes time.Duration
		fails error
		want  []string
	}{
		"it starts":         {takes: 4 * time.Second, want: []string{"halt #0 @10", "preStop proxy @4", "stop app(28) @0", "stop proxy(20) @10"}},
		"it does not start": {takes: 4 * time.Second, fails: errors.New("no such program"), want: []string{"halt #0 @10", "stop app(28) @0"}},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime().withHooks(time.Second))
				pod := podOf("app", "proxy").atTermination("proxy").
					says("app", `{"dependsOn":[{"container":"proxy","condition":"None"}]}`)
				serve := k.runtime.serve
				k.runtime.serve = func(ctx context.Context, c criCall, id string) error {
					if c.String() == "start proxy" {
						time.Sleep(tt.takes)
						return tt.fails
					}
					return serve(ctx, c, id)
				}
				k.launches(t, pod, "start proxy")
				began := time.Since(k.runtime.began)
				if err := k.stop(t, pod.Pod, nil); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(sorted(tt.want), callsSince(k.runtime, began)[len(k.runtime.history())-len(tt.want):]); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				time.Sleep(time.Hour)
			})
		})
	}
}

// A hook runs once per kubelet process: another process runs it again, a retried stop does not.
func TestDependencyStopHookAtTerminationRunsOncePerProcess(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime().withHooks(15*time.Second))
		pod := earlyPod()
		k.up(t, pod)
		serve := k.runtime.serve
		k.runtime.serve = func(ctx context.Context, c criCall, id string) error {
			if c.Verb == "stop" || c.Verb == "halt" {
				return errors.New("it does not stop")
			}
			return serve(ctx, c, id)
		}
		for range 2 {
			if err := k.stop(t, pod.Pod, nil); err == nil {
				t.Error("no error")
			}
		}
		if n := count(k.runtime.verbs(), "preStop proxy"); n != 1 {
			t.Errorf("the hook ran %d times", n)
		}
		k.runtime.serve = serve
		next := newTestKubelet(t, k.runtime)
		if err := next.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"halt #0", "preStop proxy", "stop app", "stop proxy"}, sorted(next.runtime.verbs())); diff != "" {
			t.Errorf("calls of the next process (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
	})
}

// While the runtime is down, a hook at the termination is tried again until the end of its container's turn, and not after.
func TestDependencyStopHookAtTerminationOfADownRuntime(t *testing.T) {
	for name, tt := range map[string]struct {
		down time.Duration
		want []string
	}{
		"until before its turn": {down: 5 * time.Second, want: []string{"preStop proxy", "stop app", "stop proxy", "halt #0"}},
		"for longer":            {down: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime().withHooks(time.Second))
				pod := earlyPod()
				k.up(t, pod)
				k.eventsSoFar()
				running := kubecontainer.ConvertPodStatusToRunningPod(k.Type(), k.status(t, pod.Pod))
				k.runtime.down.Store(true)
				go func() {
					time.Sleep(tt.down)
					k.runtime.down.Store(false)
				}()
				k.states.terminating.Store(true)
				if err := k.KillPod(silence(), pod.Pod, running, nil); (err != nil) != (tt.want == nil) {
					t.Error(err)
				}
				time.Sleep(time.Hour)
				want, got := tt.want, k.runtime.verbs()
				if want != nil && got[0] == "stop app" {
					// They are not told one after the other.
					got[0], got[1] = got[1], got[0]
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				if n := reasons(k.eventsSoFar(), "Killing"); n > 2 {
					t.Errorf("%d events that a container is killed", n)
				}
			})
		})
	}
}

// A hook that has not begun when the time for it in its container's turn is over does not begin any more, beside the signal.
func TestDependencyStopHookDoesNotBeginAfterItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := earlyPod()
		k.up(t, pod)
		patient, giveUp := context.WithCancel(silence())
		hook := &hookRun{done: make(chan struct{}), patient: patient, giveUp: giveUp}
		if seconds := hook.await(3 * time.Second); seconds != 3 {
			t.Errorf("the turn waited for %d s, want 3", seconds)
		}
		around := &hookAround{kubeGenericRuntimeManager: k.kubeGenericRuntimeManager, pod: pod.Pod, id: k.id(t, "proxy"), stops: true, hookRun: hook}
		_, reached, _ := around.run(silence(), func(context.Context) (string, error) {
			t.Error("the hook begins")
			return "", nil
		})
		if reached {
			t.Error("the hook counts as run")
		}
	})
}

// The completion of a pod runs the hooks of all Sidecars at once that are to run at the termination.
func TestDependencyStopHookAtTerminationOfACompletePod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "proxy", "certs").policy(v1.RestartPolicyOnFailure).says("certs", `{"type":"Sidecar"}`).
			says("proxy", `{"type":"Sidecar","dependsOn":[{"container":"certs"}]}`).atTermination("proxy", "certs")
		k.up(t, pod)
		k.runtime.withHooks(2 * time.Second)
		k.runtime.exitNamed("app", 0)
		began := time.Since(k.runtime.began)
		k.sync(t, pod.Pod)
		calls := callsSince(k.runtime, began)
		want := sorted([]string{"preStop certs @0", "preStop proxy @0", "stop proxy(26) @2", "stop certs(28) @2"})
		if diff := cmp.Diff(want, calls[len(calls)-len(want):]); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
	})
}

// The hook of a container that is being killed alone is left to that kill, unless the kill fails before it.
func TestDependencyStopHookAtTerminationWhileOneIsKilled(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := earlyPod()
		for range 2 {
			k.settle(t, pod.Pod)
		}
		killing(t, k, pod, "proxy", 20*time.Second)
		if diff := cmp.Diff([]string{"preStop proxy", "stop proxy"}, k.runtime.verbs()); diff != "" {
			t.Fatalf("the kill (-want +got):\n%s", diff)
		}
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"stop app", "halt #0"}, k.runtime.verbs()); diff != "" {
			t.Errorf("the stop (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
	})
}

// The end of a container ends its hook also when it is killed alone: a hook that sleeps does not keep it out of the next sandbox.
func TestDependencyKillOfAnExitedContainer(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appWaitsForDB).with("db", preStopSleep(25))
		for range 2 {
			k.settle(t, pod.Pod)
		}
		killing(t, k, pod, "db", 0)
		k.runtime.lose("pod_test_uid_0")
		k.runtime.verbs()
		began := time.Now()
		for len(k.runtime.verbs()) == 0 || k.id(t, "db").ID == "" || !k.runtime.runs(k.id(t, "db").ID) {
			k.settle(t, pod.Pod)
			if time.Since(began) > time.Minute {
				break
			}
			time.Sleep(time.Second)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("db runs again after %s", took)
		}
		time.Sleep(time.Hour)
	})
}

// A container whose hook runs before its turn waits for its turn, to the users.
func TestDependencyStopHookAtTerminationIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime().withHooks(time.Second))
		pod := earlyPod()
		k.up(t, pod)
		var shown []string
		go func() {
			time.Sleep(5 * time.Second)
			shown = append(shown, k.PodOrder(silence(), pod.Pod, k.status(t, pod.Pod)).Stop)
		}()
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if diff := cmp.Diff([]string{`stopping "app"; "proxy" waits for "app"`}, shown); diff != "" {
			t.Errorf("shown (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
	})
}

// Many hooks at once cost a bounded number of goroutines and calls, and no events.
func TestDependencyStopHookAtTerminationOfManyContainers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		names := []string{"app"}
		for i := range 50 {
			names = append(names, fmt.Sprintf("s%d", i))
		}
		k := newTestKubelet(t, newRecordingRuntime().withHooks(time.Hour))
		pod := podOf(names...).grace(60)
		for _, name := range names[1:] {
			pod.says(name, `{"type":"Sidecar","stopTimeoutSeconds":1}`)
		}
		pod.atTermination(names[1:]...)
		k.up(t, pod)
		k.eventsSoFar()
		k.runtime.forgetReads()
		before, during := runtime.NumGoroutine(), 0
		go func() {
			time.Sleep(9 * time.Second)
			during = runtime.NumGoroutine() - before
		}()
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		if most := 8 * len(names); during > most {
			t.Errorf("%d goroutines of %d containers, want at most %d", during, len(names), most)
		}
		if n := count(k.runtime.verbs(), "preStop s7"); n != 1 {
			t.Errorf("the hook of s7 ran %d times", n)
		}
		if n := k.runtime.readsSoFar()["status of container "+k.id(t, "s7").ID]; n > 20 {
			t.Errorf("the runtime was asked for s7 %d times in 11 s", n)
		}
		var others []string
		for _, event := range k.eventsSoFar() {
			if !strings.Contains(event, " Killing ") && !strings.Contains(event, " StoppingStage ") && !strings.Contains(event, " ExceededStopLimit ") {
				others = append(others, event)
			}
		}
		if len(others) > 0 {
			t.Errorf("events of the hooks: %v", others)
		}
		time.Sleep(2 * time.Hour)
	})
}
