// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/kubelet/lifecycle"
)

// warnings returns the warning events so far, and forgets all events.
func (k *testKubelet) warnings() []string {
	var found []string
	for {
		select {
		case event := <-k.events.Events:
			if strings.HasPrefix(event, v1.EventTypeWarning) {
				found = append(found, event)
			}
		default:
			return found
		}
	}
}

// held returns a serve function of the runtime that holds a call for the given time, and then returns err.
func held(call string, takes time.Duration, err error) func(context.Context, criCall, string) error {
	return func(ctx context.Context, c criCall, _ string) error {
		if c.String() != call {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(takes):
			return err
		}
	}
}

// A start in flight is cancelled when its pod stops: it sends nothing more, and leaves no trace. A call that was sent is
// not taken back: a container that the runtime is starting counts as running.
func TestDependencyCancelledStart(t *testing.T) {
	for name, tt := range map[string]struct {
		// held is the call that takes so long, and then fails or not.
		held  string
		takes time.Duration
		fails bool
		grace int64
		want  []string
		// wantTook is how long the stop takes.
		wantTook time.Duration
		// wantTimeout is the time that app gets to stop after its signal.
		wantTimeout int64
	}{
		"while it is created": {held: "create app", takes: time.Second, want: []string{"stop db", "halt #0"}, wantTook: time.Second},
		"while the runtime does not create it": {
			held: "create app", takes: time.Hour, want: []string{"stop db", "halt #0"}, wantTook: startJoinTimeout,
		},
		"while it is started": {
			held: "start app", takes: 5 * time.Second, want: []string{"preStop app", "stop app", "stop db", "halt #0"}, wantTook: 5 * time.Second,
			wantTimeout: 23,
		},
		"while it cannot be started": {
			held: "start app", takes: 5 * time.Second, fails: true, want: []string{"stop db", "halt #0"}, wantTook: 5 * time.Second,
		},
		"while the runtime does not start it": {
			held: "start app", takes: time.Hour, want: []string{"stop app", "stop db", "halt #0"}, wantTook: 28 * time.Second,
		},
		"while it is started in a short period": {
			held: "start app", takes: time.Second / 2, grace: 1, want: []string{"preStop app", "stop app", "stop db", "halt #0"},
			wantTook: time.Second / 2, wantTimeout: 2,
		},
		"while the runtime does not start it in a short period": {
			held: "start app", takes: time.Hour, grace: 1, want: []string{"preStop app", "stop app", "stop db", "halt #0"},
			wantTook: startJoinTimeout, wantTimeout: 2,
		},
		"while its hook runs": {
			held: "postStart app", takes: time.Hour, want: []string{"preStop app", "stop app", "stop db", "halt #0"}, wantTimeout: 28,
		},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := podOf("app", "db").says("app", appAfterDB).with("app", postStart).with("app", preStop)
				if tt.grace > 0 {
					pod.grace(tt.grace)
				}
				var err error
				if tt.fails {
					err = errors.New("no such program")
				}
				k.runtime.serve = held(tt.held, tt.takes, err)
				k.launches(t, pod, tt.held)
				began := time.Now()
				if err := k.stop(t, pod.Pod, nil); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took != tt.wantTook {
					t.Errorf("the stop took %s, want %s", took, tt.wantTook)
				}
				var timeout int64
				for _, c := range k.runtime.history() {
					if c.String() == "stop app" {
						timeout = c.Timeout
					}
				}
				if timeout != tt.wantTimeout {
					t.Errorf("app was given %d s, want %d", timeout, tt.wantTimeout)
				}
				time.Sleep(2 * time.Hour)
				calls := k.runtime.verbs()
				if tt.grace == 1 {
					// All stop at once.
					slices.Sort(calls)
					slices.Sort(tt.want)
				}
				if diff := cmp.Diff(tt.want, calls); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				if got := slices.DeleteFunc(k.warnings(), func(e string) bool { return strings.Contains(e, "ExceededStopLimit") }); len(got) > 0 {
					t.Errorf("warnings %q, want none", got)
				}
				k.states.terminating.Store(false)
				if h := collected(k, pod.UID); len(h.results)+len(h.failed)+len(h.inFlight) > 0 {
					t.Errorf("a cancelled start is remembered: %+v", h)
				}
			})
		})
	}
}

// launches syncs the pod until the call is in flight.
func (k *testKubelet) launches(t testing.TB, pod podBuilder, call string) {
	t.Helper()
	for range 2 {
		k.sync(t, pod.Pod)
		synctest.Wait()
	}
	if !slices.Contains(k.runtime.verbs(), call) {
		t.Fatal("the start is not in flight")
	}
	k.warnings()
}

// collected collects the results of the pod's starts.
func collected(k *testKubelet, uid kubetypes.UID) (starts collectedStarts) {
	k.records.with(uid, func(p *podRecord) { starts = p.collect() })
	return starts
}

// A Sidecar is told to stop only when the container that the runtime was starting has been stopped in its turn.
func TestDependencyStopWaitsForWhatIsBeingStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "proxy").says("proxy", `{"type":"Sidecar"}`)
		began := time.Now()
		k.runtime.serve = func(ctx context.Context, c criCall, id string) error {
			switch c.String() {
			case "start app":
				// The process runs already.
				err := k.runtime.FakeRuntimeService.StartContainer(ctx, id)
				time.Sleep(2 * time.Second)
				return err
			case "stop app":
				time.Sleep(3 * time.Second)
			}
			return nil
		}
		k.launches(t, pod, "start app")
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(map[string]float64{"app": 3, "proxy": 3}, k.runtime.ends(began), roughly); diff != "" {
			t.Errorf("ends after (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"stop app", "stop proxy", "halt #0"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		time.Sleep(time.Minute)
	})
}

// A start that waits for its image delays no stop, however little time there is. The pull goes on, so that a later
// sandbox finds the image or waits for that pull: there is never a second one, and no back-off.
func TestDependencyCancelledStartLeavesItsPull(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app").says("app", `{}`).with("app", image("app:1", v1.PullIfNotPresent))
		k.images.pull = func(ctx context.Context, _ string) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Minute):
				return nil
			}
		}
		k.settle(t, pod.Pod)
		began := time.Now()
		for attempt := range 3 {
			k.runtime.verbs()
			sandbox := k.status(t, pod.Pod).SandboxStatuses[0].Id
			k.runtime.exitAll(sandbox, 137)
			if err := k.runtime.FakeRuntimeService.StopPodSandbox(silence(), sandbox); err != nil {
				t.Fatal(err)
			}
			k.settle(t, pod.Pod)
			if diff := cmp.Diff([]string{fmt.Sprintf("run #%d", attempt+1)}, startsOf(k.runtime.verbs())); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("the new sandboxes took %s, want no time", took)
		}
		time.Sleep(time.Minute)
		k.settle(t, pod.Pod)
		if diff := cmp.Diff([]string{"create app", "start app"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls when the image is there (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"app:1"}, k.images.pulled()); diff != "" {
			t.Errorf("pulls (-want +got):\n%s", diff)
		}
		if got := k.warnings(); len(got) > 0 {
			t.Errorf("warnings %q, want none", got)
		}
	})
}

// A stop does not wait for the pull of an image, however much or little time there is.
func TestDependencyStopDoesNotWaitForPulls(t *testing.T) {
	for name, override := range map[string]*int64{"deletion": nil, "hard eviction": ptr.To[int64](1)} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := podOf("app", "db").says("db", `{}`).with("app", image("app:1", v1.PullIfNotPresent))
				k.images.pull = func(context.Context, string) error {
					time.Sleep(time.Hour)
					return nil
				}
				k.settle(t, pod.Pod)
				k.runtime.verbs()
				began := time.Now()
				if err := k.stop(t, pod.Pod, override); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > 0 {
					t.Errorf("the stop took %s, want no time", took)
				}
				time.Sleep(2 * time.Hour)
				if diff := cmp.Diff([]string{"stop db", "halt #0"}, k.runtime.verbs()); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				if got := k.warnings(); len(got) > 0 {
					t.Errorf("warnings %q, want none", got)
				}
			})
		})
	}
}

// startsOf leaves out the calls that end something.
func startsOf(calls []string) []string {
	return slices.DeleteFunc(calls, func(c string) bool {
		verb, _, _ := strings.Cut(c, " ")
		return !slices.Contains([]string{"run", "create", "start"}, verb)
	})
}

// hookServer is the server of HTTP hooks. It does not answer on /postStart.
type hookServer struct {
	lock sync.Mutex
	asks []string
}

func (h *hookServer) Do(req *http.Request) (*http.Response, error) {
	h.lock.Lock()
	h.asks = append(h.asks, req.URL.Path)
	h.lock.Unlock()
	if req.URL.Path == "/postStart" {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

// A postStart hook of any kind ends with its start. It does not count as failed, and the preStop hook runs once.
func TestDependencyCancelledHook(t *testing.T) {
	ask := func(path string) *v1.LifecycleHandler {
		return &v1.LifecycleHandler{HTTPGet: &v1.HTTPGetAction{Host: "example.org", Path: path, Port: intstr.FromInt32(80)}}
	}
	for name, hook := range map[string]*v1.LifecycleHandler{
		"exec":  {Exec: &v1.ExecAction{Command: []string{"postStart"}}},
		"http":  ask("/postStart"),
		"sleep": {Sleep: &v1.SleepAction{Seconds: 3600}},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				server := &hookServer{}
				k.runner = lifecycle.NewHandlerRunner(server, k.kubeGenericRuntimeManager, k.kubeGenericRuntimeManager, k.events)
				pod := podOf("app", "db").says("app", appAfterDB).with("app", func(c *v1.Container) {
					c.Lifecycle = &v1.Lifecycle{PostStart: hook, PreStop: ask("/preStop")}
				})
				k.runtime.serve = held("postStart app", time.Hour, nil)
				k.launches(t, pod, "start app")
				began := time.Now()
				if err := k.stop(t, pod.Pod, nil); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > 0 {
					t.Errorf("the stop took %s, want no time", took)
				}
				if diff := cmp.Diff([]string{"stop app", "stop db", "halt #0"}, k.runtime.verbs()); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				server.lock.Lock()
				defer server.lock.Unlock()
				asks := slices.DeleteFunc(server.asks, func(path string) bool { return path == "/postStart" })
				if diff := cmp.Diff([]string{"/preStop"}, asks); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
				if got := k.warnings(); len(got) > 0 {
					t.Errorf("warnings %q, want none", got)
				}
			})
		})
	}
}

// The kill after a failed postStart hook goes on when the pod stops: the preStop hook runs once, and the container keeps
// the time that it was given.
func TestDependencyStopWhileAFailedHookKills(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appAfterDB).with("app", postStart).with("app", preStop)
		k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
			switch c.String() {
			case "postStart app":
				return errors.New("no such file")
			case "stop app":
				time.Sleep(10 * time.Second)
			}
			return nil
		}
		for range 2 {
			k.sync(t, pod.Pod)
			synctest.Wait()
		}
		time.Sleep(time.Second)
		began := time.Now()
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 9*time.Second {
			t.Errorf("the stop took %s, want 9 s", took)
		}
		want := []string{"postStart app", "preStop app", "stop app", "stop db", "halt #0"}
		calls := k.runtime.verbs()
		if diff := cmp.Diff(want, calls[slices.Index(calls, want[0]):]); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		got := k.warnings()
		if len(got) != 1 || !strings.Contains(got[0], "FailedPostStartHook") {
			t.Errorf("warnings %q, want the failed hook", got)
		}
		if h := collected(k, pod.UID); len(h.failed)+len(h.inFlight) > 0 {
			t.Errorf("a cancelled start is remembered: %+v", h)
		}
	})
}

// A start whose last call the runtime does not answer is not repeated in the next sandbox, before the runtime answers.
func TestDependencyCancelledStartIsNotRepeatedMeanwhile(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("db", `{}`)
		k.runtime.serve = held("create app", time.Minute, errors.New("too late"))
		k.sync(t, pod.Pod)
		synctest.Wait()
		sandbox := k.status(t, pod.Pod).SandboxStatuses[0].Id
		k.runtime.exitAll(sandbox, 137)
		if err := k.runtime.FakeRuntimeService.StopPodSandbox(silence(), sandbox); err != nil {
			t.Fatal(err)
		}
		k.runtime.verbs()
		k.settle(t, pod.Pod)
		k.runtime.serve = nil
		if diff := cmp.Diff([]string{"run #1", "create db", "start db"}, startsOf(k.runtime.verbs())); diff != "" {
			t.Errorf("calls meanwhile (-want +got):\n%s", diff)
		}
		time.Sleep(time.Minute)
		k.settle(t, pod.Pod)
		if diff := cmp.Diff([]string{"create app", "start app"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls afterwards (-want +got):\n%s", diff)
		}
	})
}
