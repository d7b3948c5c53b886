// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	apitest "k8s.io/cri-api/pkg/apis/testing"
	"k8s.io/utils/ptr"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// deafPod returns a pod with a chain of containers named a, b, c and so on that ignore their stop signal; a waits for
// b, and stops first.
func deafPod(depth int, grace int64) podBuilder {
	var names []string
	for i := range depth {
		names = append(names, string(rune('a'+i)))
	}
	pod := podOf(names...).grace(grace)
	for i, name := range names {
		if i+1 < depth {
			pod.says(name, fmt.Sprintf(`{"dependsOn":[{"container":%q,"condition":"Started"}]}`, names[i+1]))
		} else {
			pod.says(name, "{}")
		}
	}
	return pod
}

// deafRuntime returns a runtime whose containers only stop when they are killed.
func deafRuntime() *recordingRuntime {
	runtime := newRecordingRuntime()
	runtime.serve = func(_ context.Context, c criCall, id string) error {
		if c.Verb == "stop" {
			for end := time.Now().Add(time.Duration(c.Timeout)*time.Second + finalKill); time.Now().Before(end) && runtime.runs(id); {
				time.Sleep(finalKill)
			}
		}
		return nil
	}
	return runtime
}

func (r *recordingRuntime) runs(id string) bool {
	return slices.ContainsFunc(r.records(), func(c *apitest.FakeContainer) bool { return c.Id == id && c.StartedAt > 0 && c.FinishedAt == 0 })
}

// up brings the whole pod up.
func (k *testKubelet) up(t testing.TB, pod podBuilder) {
	t.Helper()
	for range len(pod.Spec.Containers) {
		k.settle(t, pod.Pod)
		time.Sleep(time.Second)
	}
	if n := len(k.status(t, pod.Pod).ContainerStatuses); n != len(pod.Spec.Containers) {
		t.Fatalf("%d containers run, want %d", n, len(pod.Spec.Containers))
	}
	k.runtime.verbs()
}

// ends returns how many seconds after began each container ended, to a tenth of a second.
func (r *recordingRuntime) ends(began time.Time) map[string]float64 {
	ends := map[string]float64{}
	for _, c := range r.records() {
		ends[c.Metadata.Name] = math.Round(time.Unix(0, c.FinishedAt).Sub(began).Seconds()*10) / 10
	}
	return ends
}

// However long a chain of containers that ignore their signal is, the stop keeps to the period, and each container gets
// its share.
func TestDependencyStopBudget(t *testing.T) {
	for depth := 1; depth <= 8; depth++ {
		for _, grace := range []int64{30, 10, 4} {
			t.Run(fmt.Sprintf("%d deep in %d s", depth, grace), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					k := newTestKubelet(t, deafRuntime())
					pod := deafPod(depth, grace)
					k.up(t, pod)
					began := time.Now()
					if err := k.stop(t, pod.Pod, nil); err != nil {
						t.Error(err)
					}
					took := time.Since(began)
					time.Sleep(time.Hour)
					period := time.Duration(grace) * time.Second
					if most := period + 2*finalKill; took > most || took < period-2*finalKill {
						t.Errorf("the stop took %s, want %s", took, period)
					}
					share, last := min(2, float64(grace)/float64(depth)), 0.0
					ends := k.runtime.ends(began)
					for i := range depth {
						name := string(rune('a' + i))
						if got := ends[name] - last; got < share-0.2 {
							t.Errorf("%s had %.1f s, want at least %.1f", name, got, share)
						}
						last = ends[name]
					}
				})
			})
		}
	}
}

// A retried stop has the time that the first attempt left, and runs no hook twice.
func TestDependencyStopTriedAgain(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, deafRuntime())
		pod := deafPod(2, 20).with("a", preStop)
		k.up(t, pod)
		serve := k.runtime.serve
		k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
			if c.Verb == "stop" || c.Verb == "halt" {
				return errors.New("the runtime is down")
			}
			return nil
		}
		began := time.Now()
		if err := k.stop(t, pod.Pod, nil); err == nil {
			t.Error("no error")
		}
		time.Sleep(5 * time.Second)
		k.runtime.lock.Lock()
		k.runtime.serve = serve
		k.runtime.lock.Unlock()
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(map[string]float64{"a": 18, "b": 20}, k.runtime.ends(began), roughly); diff != "" {
			t.Errorf("ends after (-want +got):\n%s", diff)
		}
		if hooks := count(k.runtime.verbs(), "preStop a"); hooks != 1 {
			t.Errorf("the hook ran %d times", hooks)
		}
		time.Sleep(time.Hour)
	})
}

func count(calls []string, wanted string) int {
	n := 0
	for _, c := range calls {
		if c == wanted {
			n++
		}
	}
	return n
}

// A kubelet that finds a pod terminating does not restart its grace period, and gives each container its floor.
func TestDependencyStopByAnotherKubelet(t *testing.T) {
	for name, tt := range map[string]struct {
		// left is the time left until the deletion timestamp.
		left time.Duration
		// orphan means that the pod object is gone, and its deadline has been remembered.
		orphan bool
		want   map[string]float64
	}{
		"an orphan":         {left: 10 * time.Second, orphan: true, want: map[string]float64{"a": 6, "b": 8, "c": 10}},
		"an orphan, late":   {left: -time.Hour, orphan: true, want: map[string]float64{"a": 2, "b": 4, "c": 6}},
		"in the middle":     {left: 10 * time.Second, want: map[string]float64{"a": 6, "b": 8, "c": 10}},
		"near the end":      {left: time.Second, want: map[string]float64{"a": 2, "b": 4, "c": 6}},
		"after the end":     {left: -time.Minute, want: map[string]float64{"a": 2, "b": 4, "c": 6}},
		"a clock far ahead": {left: time.Hour, want: map[string]float64{"a": 26, "b": 28, "c": 30}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				runtime := deafRuntime()
				pod := deafPod(3, 30)
				newTestKubelet(t, runtime).up(t, pod)
				pod.DeletionTimestamp, pod.DeletionGracePeriodSeconds = ptr.To(metav1.NewTime(time.Now().Add(tt.left))), ptr.To[int64](30)
				k := newTestKubelet(t, runtime)
				stopped := pod.Pod
				if tt.orphan {
					running := kubecontainer.ConvertPodStatusToRunningPod(k.Type(), k.status(t, pod.Pod))
					stopped = running.ToAPIPod()
					stopped.DeletionTimestamp = pod.DeletionTimestamp
				}
				began := time.Now()
				if err := k.stop(t, stopped, ptr.To[int64](30)); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(tt.want, runtime.ends(began), roughly); diff != "" {
					t.Errorf("ends after (-want +got):\n%s", diff)
				}
				time.Sleep(time.Hour)
			})
		})
	}
}

// roughly compares times, and allows for the time that the runtime takes to kill each container of a chain.
var roughly = cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 0.15 })

// A kubelet that has run the pod begins the period when it sees the termination, because the API server's clock may
// differ.
func TestDependencyStopByTheSameKubelet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, deafRuntime())
		pod := deafPod(1, 30)
		k.up(t, pod)
		pod.DeletionTimestamp, pod.DeletionGracePeriodSeconds = ptr.To(metav1.NewTime(time.Now().Add(-time.Hour))), ptr.To[int64](30)
		began := time.Now()
		if err := k.stop(t, pod.Pod, ptr.To[int64](30)); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(map[string]float64{"a": 30}, k.runtime.ends(began), roughly); diff != "" {
			t.Errorf("ends after (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
	})
}

// A stop follows a shorter grace period at once, and ignores a longer one.
func TestDependencyStopShortened(t *testing.T) {
	for name, tt := range map[string]struct {
		seconds int64
		orphan  bool
		want    map[string]float64
	}{
		"an orphan keeps its period":    {seconds: 1, orphan: true, want: map[string]float64{"a": 26, "b": 28, "c": 30}},
		"shortened":                     {seconds: 10, want: map[string]float64{"a": 11, "b": 13, "c": 15}},
		"to less than the floors":       {seconds: 3, want: map[string]float64{"a": 6, "b": 7, "c": 8}},
		"to nothing: all at once":       {seconds: 1, want: map[string]float64{"a": 7, "b": 7, "c": 7}},
		"to no earlier end than it had": {seconds: 29, want: map[string]float64{"a": 26, "b": 28, "c": 30}},
		"not shortened":                 {seconds: 60, want: map[string]float64{"a": 26, "b": 28, "c": 30}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, deafRuntime())
				pod := deafPod(3, 30)
				k.up(t, pod)
				began := time.Now()
				go func() {
					time.Sleep(5 * time.Second)
					ordering.GracePeriods.Publish(pod.UID, tt.seconds)
				}()
				stopped := pod.Pod
				if tt.orphan {
					running := kubecontainer.ConvertPodStatusToRunningPod(k.Type(), k.status(t, pod.Pod))
					stopped = running.ToAPIPod()
				}
				if err := k.stop(t, stopped, nil); err != nil {
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

// A hook or a runtime call that hangs costs a container only its own share, and users can distinguish the kill from a
// crash.
func TestDependencyStopHangs(t *testing.T) {
	for _, verb := range []string{"preStop", "stop"} {
		t.Run(verb, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := deafPod(2, 10).with("a", preStop)
				k.up(t, pod)
				k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
					// The final kill of a container has timeout 0.
					if c.String() == verb+" a" && (verb == "preStop" || c.Timeout > 0) {
						time.Sleep(10 * time.Minute)
					}
					return nil
				}
				began := time.Now()
				if err := k.stop(t, pod.Pod, nil); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(map[string]float64{"a": 8, "b": 8}, k.runtime.ends(began), roughly); diff != "" {
					t.Errorf("ends after (-want +got):\n%s", diff)
				}
				if !k.hasEvent("ExceededStopLimit Container a did not stop within 8s") {
					t.Error("no event reports the kill")
				}
				time.Sleep(time.Hour)
			})
		})
	}
}

// While the runtime restarts, a container keeps its turn and its share.
func TestDependencyStopOfARestartingRuntime(t *testing.T) {
	for name, tt := range map[string]struct {
		// down is when the runtime goes down, up when it is back.
		down, up time.Duration
		want     map[string]float64
		// failed means that the stop returns an error, after which the pod worker retries.
		failed bool
	}{
		"within a share":                {down: 3 * time.Second, up: 5 * time.Second, want: map[string]float64{"a": 8, "b": 10}},
		"at the end of a share":         {down: 7 * time.Second, up: 9 * time.Second, want: map[string]float64{"a": 9.4, "b": 10}},
		"for longer than the time left": {down: 7 * time.Second, up: time.Hour, failed: true},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				runtime := deafRuntime()
				k := newTestKubelet(t, runtime)
				pod := deafPod(2, 10).with("a", preStop)
				k.up(t, pod)
				began := time.Now()
				isDown := func() bool { return time.Since(began) >= tt.down && time.Since(began) < tt.up }
				serve := runtime.serve
				runtime.serve = func(ctx context.Context, c criCall, id string) error {
					if c.Verb != "stop" && c.Verb != "preStop" {
						return nil
					}
					ended := make(chan error, 1)
					go func() { ended <- serve(ctx, c, id) }()
					for {
						select {
						case err := <-ended:
							return err
						case <-time.After(10 * time.Millisecond):
							if isDown() {
								return fmt.Errorf("stop: %w", status.Error(codes.Unavailable, "error reading from server: EOF"))
							}
						}
					}
				}
				if err := k.stop(t, pod.Pod, nil); (err != nil) != tt.failed {
					t.Errorf("error %v", err)
				}
				took := time.Since(began)
				time.Sleep(2 * time.Hour)
				if tt.failed {
					if took > 15*time.Second {
						t.Errorf("the stop gave up after %s, want little more than the period", took)
					}
					return
				}
				if diff := cmp.Diff(tt.want, k.runtime.ends(began), roughly); diff != "" {
					t.Errorf("ends after (-want +got):\n%s", diff)
				}
				if n := strings.Count(strings.Join(k.runtime.verbs(), " "), "preStop a"); n != 1 {
					t.Errorf("the hook was run %d times", n)
				}
			})
		})
	}
}

// hasEvent reports whether one of the events so far contains the text, and drops the events before it.
func (k *testKubelet) hasEvent(text string) bool {
	for {
		select {
		case event := <-k.events.Events:
			if strings.Contains(event, text) {
				return true
			}
		default:
			return false
		}
	}
}

// Each stage of a stop causes one event, which names the containers that run.
func TestDependencyStopStageEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "other", "gone", "proxy", "disk").policy(v1.RestartPolicyNever).
			says("app", `{"dependsOn":[{"container":"gone","condition":"Started"}]}`).
			says("gone", `{"dependsOn":[{"container":"disk"}]}`).says("proxy", `{"type":"Sidecar"}`).
			with("proxy", restarts(v1.ContainerRestartPolicyAlways))
		k.up(t, pod)
		k.runtime.exitNamed("gone", 0)
		for len(k.events.Events) > 0 {
			<-k.events.Events
		}
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		var got []string
		for len(k.events.Events) > 0 {
			if event := <-k.events.Events; strings.Contains(event, "StoppingStage") {
				got = append(got, event)
			}
		}
		// gone is not a stage: disk stops once app has stopped.
		want := []string{
			"Normal StoppingStage Stopping app, other (stage 1 of 3)",
			"Normal StoppingStage Stopping disk (stage 2 of 3)",
			"Normal StoppingStage Stopping proxy (stage 3 of 3)",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
	})
}

// A container that appears while the pod stops is stopped, too.
func TestDependencyStopOfALateContainer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := deafPod(2, 30)
		k.up(t, pod)
		appears := true
		k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
			if c.String() == "stop b" && appears {
				appears = false
				first := k.id(t, "a").ID
				k.runtime.FakeRuntimeService.Lock()
				old := k.runtime.Containers[first]
				k.runtime.Containers["late"] = &apitest.FakeContainer{SandboxID: old.SandboxID, ContainerStatus: runtimeapi.ContainerStatus{
					Id: "late", Metadata: old.Metadata, Image: old.Image, Labels: old.Labels, Annotations: old.Annotations,
					CreatedAt: time.Now().UnixNano(), StartedAt: time.Now().UnixNano(), State: runtimeapi.ContainerState_CONTAINER_RUNNING}}
				k.runtime.FakeRuntimeService.Unlock()
			}
			return nil
		}
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"stop a", "stop b", "stop a", "halt #0"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}
