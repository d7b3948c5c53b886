// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/lifecycle"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// preStopSleep is a preStop hook of kind sleep.
func preStopSleep(seconds int64) func(*v1.Container) {
	return func(c *v1.Container) {
		lifecycleOf(c).PreStop = &v1.LifecycleHandler{Sleep: &v1.SleepAction{Seconds: seconds}}
	}
}

// preStopHTTP is a preStop hook of kind HTTP; the test kubelet records it as "http".
func preStopHTTP(host string) func(*v1.Container) {
	return func(c *v1.Container) {
		lifecycleOf(c).PreStop = &v1.LifecycleHandler{HTTPGet: &v1.HTTPGetAction{Host: host, Port: intstr.FromInt32(80)}}
	}
}

// slowHTTP is an HTTP client whose requests take 20 s, whatever the context says.
type slowHTTP struct{ requests chan string }

func (s slowHTTP) Do(*http.Request) (*http.Response, error) {
	s.requests <- "http"
	time.Sleep(20 * time.Second)
	return nil, fmt.Errorf("nobody answers")
}

// events returns the events so far, and drops them.
func (k *testKubelet) eventsSoFar() (events []string) {
	for len(k.events.Events) > 0 {
		events = append(events, <-k.events.Events)
	}
	return events
}

func reasons(events []string, reason string) int {
	n := 0
	for _, event := range events {
		if strings.Contains(event, " "+reason+" ") {
			n++
		}
	}
	return n
}

// The end of a container ends its turn, whatever its hook does, and no hook runs in a container that has exited before its
// turn.
func TestDependencyStopHookOfAnExitedContainer(t *testing.T) {
	for name, tt := range map[string]struct {
		hook func(*v1.Container)
		// exits is when the container exits by itself, in seconds; app takes 10 s to stop if it is another one.
		container string
		exits     time.Duration
		// next is when disk is told to stop, at the latest.
		next time.Duration
		// hooks are the hooks that run.
		hooks []string
	}{
		"sleep": {hook: preStopSleep(20), container: "app", exits: 5 * time.Second, next: 6 * time.Second},
		"exec": {hook: preStop, container: "app", exits: 5 * time.Second, next: 6 * time.Second,
			hooks: []string{"preStop app"}},
		"HTTP": {hook: preStopHTTP("10.0.0.9"), container: "app", exits: 5 * time.Second, next: 6 * time.Second,
			hooks: []string{"http"}},
		"an early exit is noticed early": {hook: preStopSleep(20), container: "app", exits: 100 * time.Millisecond,
			next: 500 * time.Millisecond},
		"sleep, exited before its turn":  {hook: preStopSleep(20), container: "db", exits: 5 * time.Second, next: 10 * time.Second},
		"exec, exited before its turn":   {hook: preStop, container: "db", exits: 5 * time.Second, next: 10 * time.Second},
		"HTTP, exited before its turn":   {hook: preStopHTTP("10.0.0.9"), container: "db", exits: 5 * time.Second, next: 10 * time.Second},
		"HTTP to the pod, exited before": {hook: preStopHTTP(""), container: "db", exits: 5 * time.Second, next: 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				client := slowHTTP{make(chan string, 10)}
				k.runner = lifecycle.NewHandlerRunner(client, k, k, k.events)
				pod := podOf("app", "db", "disk").says("app", appAfterDB).
					says("db", `{"dependsOn":[{"container":"disk","condition":"Started"}]}`).with(tt.container, tt.hook)
				k.up(t, pod)
				k.eventsSoFar()
				k.runtime.serve = func(ctx context.Context, c criCall, id string) error {
					switch {
					case c.Verb == "preStop":
						// The runtime ends a command whose container has exited.
						for range 200 {
							time.Sleep(100 * time.Millisecond)
							if !k.runtime.runs(id) {
								return fmt.Errorf("command terminated with exit code 137")
							}
							if ctx.Err() != nil {
								return ctx.Err()
							}
						}
					case c.String() == "stop app" && tt.container != "app":
						time.Sleep(10 * time.Second)
					}
					return nil
				}
				began := time.Now()
				go func() {
					time.Sleep(tt.exits)
					k.runtime.exitNamed(tt.container, 1)
				}()
				if err := k.stop(t, pod.Pod, nil); err != nil {
					t.Error(err)
				}
				var hooks []string
				for _, c := range k.runtime.history() {
					if at := c.At - began.Sub(k.runtime.began); c.String() == "stop disk" && (at > tt.next || at < tt.exits) {
						t.Errorf("disk is told to stop after %s, want at most %s", at, tt.next)
					}
					if c.Verb == "preStop" {
						hooks = append(hooks, c.String())
					}
				}
				for len(client.requests) > 0 {
					hooks = append(hooks, <-client.requests)
				}
				if diff := cmp.Diff(tt.hooks, hooks); diff != "" {
					t.Errorf("hooks (-want +got):\n%s", diff)
				}
				time.Sleep(time.Hour)
				if events := k.eventsSoFar(); reasons(events, "FailedPreStopHook") > 0 {
					t.Errorf("a hook that nobody waits for counts as failed: %v", events)
				}
			})
		})
	}
}

// A hook that fails in a running container is reported.
func TestDependencyStopHookFails(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appAfterDB).with("app", preStop)
		k.up(t, pod)
		k.eventsSoFar()
		k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
			if c.Verb == "preStop" {
				return fmt.Errorf("command terminated with exit code 1")
			}
			return nil
		}
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		if events := k.eventsSoFar(); reasons(events, "FailedPreStopHook") != 1 {
			t.Errorf("events: %v", events)
		}
		if diff := cmp.Diff([]string{"preStop app", "stop app", "stop db", "halt #0"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// A hook runs once: it counts when it has reached the runtime or the network, not before.
func TestDependencyStopHookCountsWhenItRuns(t *testing.T) {
	lost := status.Error(codes.Unavailable, "error reading from server: EOF")
	for name, tt := range map[string]struct {
		hook func(*v1.Container)
		// down is until when the runtime is down from the beginning of the stop.
		down time.Duration
		// hookError is the error of the first run of the hook.
		hookError error
		want      []string
		// failed means that a failed hook is reported.
		failed bool
	}{
		"exec":                                   {hook: preStop, want: []string{"preStop app", "stop app"}},
		"exec, and the runtime is down at first": {hook: preStop, down: 5 * time.Second, want: []string{"preStop app", "stop app"}},
		"HTTP to the pod, and the runtime is down at first": {hook: preStopHTTP(""), down: 5 * time.Second,
			want: []string{"http", "stop app"}, failed: true},
		"HTTP elsewhere, and the runtime is down at first": {hook: preStopHTTP("10.0.0.9"), down: 5 * time.Second,
			want: []string{"http", "stop app"}, failed: true},
		"sleep, and the runtime is down at first": {hook: preStopSleep(2), down: 5 * time.Second, want: []string{"stop app"}},
		"the runtime goes down before the hook begins": {hook: preStop, hookError: errDown,
			want: []string{"preStop app", "preStop app", "stop app"}},
		"the runtime goes down while the hook runs": {hook: preStop, hookError: lost, want: []string{"preStop app", "stop app"}, failed: true},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				client := slowHTTP{make(chan string, 10)}
				k.runner = lifecycle.NewHandlerRunner(client, k, k, k.events)
				pod := podOf("app", "db").says("app", appAfterDB).with("app", tt.hook).grace(60)
				k.up(t, pod)
				k.eventsSoFar()
				first := true
				k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
					if c.Verb == "preStop" && first {
						first = false
						return tt.hookError
					}
					return nil
				}
				running := kubecontainer.ConvertPodStatusToRunningPod(k.Type(), k.status(t, pod.Pod))
				k.runtime.down.Store(tt.down > 0)
				go func() {
					time.Sleep(tt.down)
					k.runtime.down.Store(false)
				}()
				k.states.terminating.Store(true)
				if err := k.KillPod(silence(), pod.Pod, running, nil); err != nil {
					t.Error(err)
				}
				var got []string
				for len(client.requests) > 0 {
					got = append(got, <-client.requests)
				}
				got = append(got, k.runtime.verbs()...)
				if diff := cmp.Diff(append(slices.Clone(tt.want), "stop db", "halt #0"), got); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				events := k.eventsSoFar()
				if (reasons(events, "FailedPreStopHook") > 0) != tt.failed {
					t.Errorf("events: %v", events)
				}
				if n := reasons(events, "Killing"); n > 3 {
					t.Errorf("%d events that a container is killed: %v", n, events)
				}
				time.Sleep(time.Hour)
			})
		})
	}
}

// A stop that begins while the runtime is down, with a list that lacks a container, tells nobody before it knows what runs.
func TestDependencyStopWaitsForTheListOfADownRuntime(t *testing.T) {
	for name, tt := range map[string]struct {
		down, want time.Duration
	}{
		"down for a moment":                   {down: 5 * time.Second, want: 7 * time.Second},
		"down for longer than the pod's time": {down: 2 * time.Minute, want: 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := podOf("app", "db").says("app", appAfterDB)
				k.up(t, pod)
				running := kubecontainer.ConvertPodStatusToRunningPod(k.Type(), k.status(t, pod.Pod))
				running.Containers = slices.DeleteFunc(running.Containers, func(c *kubecontainer.Container) bool { return c.Name == "app" })
				k.runtime.verbs()
				k.runtime.down.Store(true)
				go func() {
					time.Sleep(tt.down)
					k.runtime.down.Store(false)
				}()
				k.states.terminating.Store(true)
				began := time.Now()
				err := k.KillPod(silence(), pod.Pod, running, nil)
				took := time.Since(began)
				if tt.down > 30*time.Second {
					if err == nil || took < tt.want || took > tt.want+5*time.Second {
						t.Errorf("the stop took %s, %v", took, err)
					}
					time.Sleep(time.Hour)
					return
				}
				if err != nil || took > tt.want {
					t.Errorf("the stop took %s, %v", took, err)
				}
				if diff := cmp.Diff([]string{"stop app", "stop db", "halt #0"}, k.runtime.verbs()); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A kill of one container that never comes to its hook leaves the hook to the stop of the pod.
func TestDependencyKillThatDoesNotReachItsHook(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").with("app", preStop).says("app", appWaitsForDB).with("app", func(c *v1.Container) {
			c.LivenessProbe = &v1.Probe{ProbeHandler: v1.ProbeHandler{Exec: &v1.ExecAction{Command: []string{"live"}}}}
		})
		k.up(t, pod)
		status := k.status(t, pod.Pod)
		k.runtime.down.Store(true)
		k.livenessManager.Set(k.id(t, "app"), proberesults.Failure, nil)
		k.syncWith(pod.Pod, status)
		synctest.Wait()
		time.Sleep(time.Second)
		k.runtime.down.Store(false)
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"preStop app", "stop app", "stop db", "halt #0"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// While the runtime is down, a stop causes no events, and asks less and less often.
func TestDependencyStopOfADownRuntimeIsQuiet(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appAfterDB).grace(300)
		k.up(t, pod)
		k.eventsSoFar()
		running := kubecontainer.ConvertPodStatusToRunningPod(k.Type(), k.status(t, pod.Pod))
		k.runtime.down.Store(true)
		k.runtime.forgetReads()
		go func() {
			time.Sleep(2 * time.Minute)
			k.runtime.down.Store(false)
		}()
		k.states.terminating.Store(true)
		began := time.Now()
		if err := k.KillPod(silence(), pod.Pod, running, nil); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 2*time.Minute+2*maxAskAgainPause {
			t.Errorf("the stop took %s", took)
		}
		if n := reasons(k.eventsSoFar(), "Killing"); n != 2 {
			t.Errorf("%d events that one of two containers is killed, want one for each", n)
		}
		if n := k.runtime.readsSoFar()["status of container "+k.id(t, "app").ID]; n > 80 {
			t.Errorf("the runtime was asked %d times in 2 minutes", n)
		}
		if diff := cmp.Diff([]string{"stop app", "stop db", "halt #0"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
	})
}

// A runtime that answers questions but not the stop of a container is asked again without an event each time.
func TestDependencyKillTriedAgainIsQuiet(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app").says("app", `{}`)
		k.up(t, pod)
		k.eventsSoFar()
		unanswered := 5
		k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
			if c.Verb != "stop" || unanswered == 0 {
				return nil
			}
			unanswered--
			return errDown
		}
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		if n := reasons(k.eventsSoFar(), "Killing"); n != 1 {
			t.Errorf("%d events that app is killed, want one", n)
		}
		if n := len(k.runtime.verbs()); n != 5+2 {
			t.Errorf("%d calls, want five stops without an answer, one with, and the stop of the sandbox", n)
		}
	})
}

// A stop that is tried again and again while the runtime is down announces each stage once, and kills nothing that a later
// attempt does not kill.
func TestDependencyStopTriedAgainIsQuiet(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appAfterDB).with("app", preStop).grace(10)
		k.up(t, pod)
		k.eventsSoFar()
		running := kubecontainer.ConvertPodStatusToRunningPod(k.Type(), k.status(t, pod.Pod))
		k.runtime.down.Store(true)
		k.states.terminating.Store(true)
		for range 20 {
			if err := k.KillPod(silence(), pod.Pod, running, nil); err == nil {
				t.Error("no error")
			}
			time.Sleep(10 * time.Second)
		}
		k.runtime.down.Store(false)
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]string(nil), k.runtime.verbs()); diff != "" {
			t.Errorf("calls between two attempts (-want +got):\n%s", diff)
		}
		if err := k.KillPod(silence(), pod.Pod, running, nil); err != nil {
			t.Error(err)
		}
		events := k.eventsSoFar()
		for reason, most := range map[string]int{"StoppingStage": 2, "Killing": 2, "ExceededStopLimit": 2} {
			if n := reasons(events, reason); n > most {
				t.Errorf("%d events %s, want at most %d: %v", n, reason, most, events)
			}
		}
		if diff := cmp.Diff([]string{"halt #0", "stop app", "stop db"}, sorted(k.runtime.verbs())); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
	})
}

// A stop that is shortened to nothing gives each container what upstream gives: its signal, and 2 s.
func TestDependencyStopShortenedToNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		hook func(*v1.Container)
		want []string
	}{
		"without a hook":           {hook: func(*v1.Container) {}, want: []string{"halt #0 @7", "stop a(28) @0", "stop a(2) @5", "stop b(2) @5"}},
		"while a hook runs":        {hook: preStop, want: []string{"halt #0 @8", "preStop a @0", "stop a(2) @6", "stop b(2) @5"}},
		"a hook of another kind":   {hook: preStopSleep(60), want: []string{"halt #0 @8", "stop a(2) @6", "stop b(2) @5"}},
		"the hook ends in between": {hook: preStopSleep(5), want: []string{"halt #0 @7", "stop a(23) @5", "stop a(2) @5", "stop b(2) @5"}},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				runtime := deafRuntime()
				serve := runtime.serve
				runtime.serve = func(ctx context.Context, c criCall, id string) error {
					if c.Verb == "preStop" {
						time.Sleep(time.Minute)
					}
					return serve(ctx, c, id)
				}
				k := newTestKubelet(t, runtime)
				pod := deafPod(2, 30).with("a", tt.hook)
				k.up(t, pod)
				began := time.Since(runtime.began)
				go func() {
					time.Sleep(5 * time.Second)
					ordering.GracePeriods.Publish(pod.UID, 1)
				}()
				if err := k.stop(t, pod.Pod, nil); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(sorted(tt.want), callsSince(runtime, began)); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				time.Sleep(time.Hour)
			})
		})
	}
}
