// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// A pod whose sandboxes and containers have all vanished from the runtime starts again.
func TestDependencyLostRecordsAreNoDeadEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app").says("app", `{}`)
		k.sync(t, pod.Pod)
		synctest.Wait()
		k.runtime.SetFakeSandboxes(nil)
		k.runtime.SetFakeContainers(nil)
		k.runtime.verbs()
		for range 3 {
			time.Sleep(time.Minute)
			k.sync(t, pod.Pod)
			synctest.Wait()
		}
		want := []string{"run #0", "create app", "start app"}
		if diff := cmp.Diff(want, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// Starts that fail after unequal times are each retried after a back-off, not whenever the other one fails.
func TestDependencyFailedStartsDoNotTakeTurns(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("a", "b").says("a", `{}`)
		k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
			switch c.String() {
			case "create a":
				time.Sleep(time.Second)
				return errors.New("a is broken")
			case "create b":
				time.Sleep(3 * time.Second)
				return errors.New("b is broken")
			}
			return nil
		}
		// Like the pod worker of a real kubelet, sync on request, and 10 seconds after an error.
		const backOff = 10 * time.Second
		end := time.Now().Add(10 * time.Minute)
		for time.Now().Before(end) {
			asked := k.helper.count.Load()
			k.sync(t, pod.Pod)
			for next := time.Now().Add(backOff); time.Now().Before(next) && k.helper.count.Load() == asked; {
				time.Sleep(100 * time.Millisecond)
			}
		}
		// Let a start in flight end: the bubble's clock stops when this function returns.
		time.Sleep(backOff)
		synctest.Wait()
		// Each is tried at most once per back-off of 10 seconds plus the time that it takes to fail.
		if tries := len(k.runtime.history()); tries > 150 {
			t.Errorf("%d tries in 10 minutes", tries)
		}
	})
}

// A failed start is retried as upstream retries it: if it has left a container that has exited, at once the first time, and
// then by the container's back-off; if no container came to be, after the pod worker's back-off.
func TestDependencyFailedStartsAreRetriedLikeUpstreams(t *testing.T) {
	for name, tt := range map[string]struct {
		fails string
		// again are the pauses before the retries.
		again []time.Duration
	}{
		"postStart fails": {fails: "postStart app", again: []time.Duration{0, 10 * time.Second, 20 * time.Second, 40 * time.Second}},
		"start fails":     {fails: "start app", again: []time.Duration{0, 10 * time.Second, 20 * time.Second, 40 * time.Second}},
		"create fails":    {fails: "create app", again: []time.Duration{10 * time.Second, 10 * time.Second, 10 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := podOf("app", "db").says("app", `{}`).with("app", postStart)
				k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
					time.Sleep(50 * time.Millisecond)
					if c.String() == tt.fails {
						return errors.New("broken")
					}
					return nil
				}
				for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(time.Second) {
					k.settle(t, pod.Pod)
				}
				time.Sleep(time.Second)
				synctest.Wait()
				var tries []time.Duration
				for _, c := range k.runtime.history() {
					if c.String() == "create app" {
						tries = append(tries, c.At)
					}
				}
				for i, pause := range tt.again {
					if i+1 >= len(tries) {
						t.Fatalf("%d tries, want more than %d", len(tries), i+1)
					}
					if got := tries[i+1] - tries[i]; got < pause || got > pause+2*time.Second {
						t.Errorf("pause %d is %s, want %s", i, got, pause)
					}
				}
			})
		})
	}
}

// A record without a plausible time of its exit gives upstream's back-off nothing to count from. The pause stays.
func TestDependencyFailedStartWithoutATimeOfExit(t *testing.T) {
	began := time.Unix(100, 0)
	exited := func(created, finished int64) *kubecontainer.Status {
		return &kubecontainer.Status{State: kubecontainer.ContainerStateExited,
			CreatedAt: time.Unix(created, 0), FinishedAt: time.Unix(finished, 0)}
	}
	for name, tt := range map[string]struct {
		status *kubecontainer.Status
		want   bool
	}{
		"no record":                      {},
		"exited":                         {status: exited(101, 102), want: true},
		"exited without a time":          {status: exited(101, 0)},
		"the container before the start": {status: exited(50, 101)},
		"created": {
			status: &kubecontainer.Status{State: kubecontainer.ContainerStateCreated, CreatedAt: time.Unix(101, 0)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := containerRecord{attempt: startAttempt{began: began, key: "key"}}
			c.fail(kubecontainer.PodSyncResult{}, errors.New("broken"))
			if got := c.retriesNow("key", tt.status); got != tt.want {
				t.Errorf("retriesNow = %t, want %t", got, tt.want)
			}
		})
	}
}

// A container in back-off whose image or resources are corrected starts at once, as upstream's back-off key has it.
func TestDependencyCorrectedContainersStartAtOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		fails   string
		correct func(*v1.Container)
		want    []string
	}{
		"image": {fails: "start app", correct: image("image:2", v1.PullIfNotPresent), want: []string{"create app", "start app"}},
		"image, after no container came to be": {fails: "create app", correct: image("image:2", v1.PullIfNotPresent),
			want: []string{"create app", "start app"}},
		"nothing": {fails: "start app", correct: func(*v1.Container) {}},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := podOf("app", "db").says("app", `{}`)
				var corrected atomic.Bool
				k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
					time.Sleep(50 * time.Millisecond)
					if c.String() == tt.fails && !corrected.Load() {
						return errors.New("broken")
					}
					return nil
				}
				for range 90 {
					k.settle(t, pod.Pod)
					time.Sleep(time.Second)
				}
				k.settle(t, pod.Pod)
				k.runtime.verbs()
				corrected.Store(true)
				k.settle(t, podBuilder{pod.DeepCopy()}.with("app", tt.correct).Pod)
				time.Sleep(time.Second)
				synctest.Wait()
				if diff := cmp.Diff(tt.want, k.runtime.verbs()); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Both parts of a container's back-off key count.
func TestDependencyFailedStartIsKeyed(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*v1.Container)
		want   bool
	}{
		"nothing": {change: func(*v1.Container) {}},
		"image":   {change: image("image:2", v1.PullIfNotPresent), want: true},
		"resources": {want: true, change: func(c *v1.Container) {
			c.Resources.Requests = v1.ResourceList{v1.ResourceCPU: resource.MustParse("2")}
		}},
		"another field": {change: startup},
	} {
		t.Run(name, func(t *testing.T) {
			pod := podOf("app")
			c := containerRecord{attempt: startAttempt{began: time.Now(), key: backOffKey(pod.Pod, "app")}}
			c.fail(kubecontainer.PodSyncResult{}, kubecontainer.NewBackoffError(errors.New("broken"), time.Now().Add(time.Hour)))
			pod.with("app", tt.change)
			if got := c.retriesNow(backOffKey(pod.Pod, "app"), nil); got != tt.want {
				t.Errorf("retriesNow = %t, want %t", got, tt.want)
			}
		})
	}
}
