// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// A container that runs although its start has failed is started again, if its postStart hook has not run: its dependents
// would wait for it for ever.
func TestDependencyRunsAlthoughItsStartFailed(t *testing.T) {
	withoutErrorHandlers(t)
	for name, tt := range map[string]struct {
		hook bool
		// policy is the restart policy of the pod, own that of db.
		policy v1.RestartPolicy
		own    v1.ContainerRestartPolicy
		// fails are the errors of calls, each once.
		fails map[string]error
		want  []string
		// wantRunning is how many containers run at the end.
		wantRunning int
	}{
		"the runtime's answer is lost": {
			hook: true, fails: map[string]error{"start db": &lostAnswer{errDown}},
			want:        []string{"run #0", "create db", "start db", "stop db", "create db", "start db", "postStart db", "create app", "start app"},
			wantRunning: 2,
		},
		"the runtime's answer is lost, without a hook": {
			fails: map[string]error{"start db": &lostAnswer{errDown}},
			want:  []string{"run #0", "create db", "start db", "create app", "start app"}, wantRunning: 2,
		},
		"its hook fails, and so does the kill that follows": {
			hook: true, fails: map[string]error{"postStart db": errors.New("hook"), "stop db": errors.New("kill")},
			want: []string{"run #0", "create db", "start db", "postStart db", "stop db", "stop db", "create db", "start db", "postStart db",
				"create app", "start app"}, wantRunning: 2,
		},
		"under restart policy Never": {
			hook: true, policy: v1.RestartPolicyNever, fails: map[string]error{"start db": &lostAnswer{errDown}},
			want: []string{"run #0", "create db", "start db", "stop db", "halt #0"},
		},
		"under its own restart policy": {
			hook: true, policy: v1.RestartPolicyNever, own: v1.ContainerRestartPolicyAlways,
			fails:       map[string]error{"start db": &lostAnswer{errDown}},
			want:        []string{"run #0", "create db", "start db", "stop db", "create db", "start db", "postStart db", "create app", "start app"},
			wantRunning: 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				runtime := newRecordingRuntime()
				runtime.serve = func(_ context.Context, call criCall, _ string) error {
					err := tt.fails[call.String()]
					delete(tt.fails, call.String())
					return err
				}
				k := newTestKubelet(t, runtime)
				pod := podOf("app", "db").says("app", appWaitsForDB)
				if tt.policy != "" {
					pod.policy(tt.policy)
				}
				if tt.own != "" {
					pod.with("db", restarts(tt.own))
				}
				if tt.hook {
					pod.with("db", postStart)
				}
				for range 6 {
					k.settle(t, pod.Pod)
					time.Sleep(startRetryPeriod)
				}
				// The pod that fails is stopped again at each sync.
				if diff := cmp.Diff(slices.Compact(tt.want), slices.Compact(runtime.verbs())); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				if n := len(k.status(t, pod.Pod).GetRunningContainerStatuses()); n != tt.wantRunning {
					t.Errorf("%d containers run, want %d", n, tt.wantRunning)
				}
			})
		})
	}
}

// The same holds for a native sidecar that upstream has started in the sync.
func TestDependencyNativeSidecarRunsAlthoughItsHookFailed(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		runtime := newRecordingRuntime()
		fails := map[string]error{"postStart proxy": errors.New("hook"), "stop proxy": errors.New("kill")}
		runtime.serve = func(_ context.Context, call criCall, _ string) error {
			err := fails[call.String()]
			delete(fails, call.String())
			return err
		}
		k := newTestKubelet(t, runtime)
		pod := podOf("app").native("proxy").with("proxy", postStart).says("app", `{"dependsOn":[{"container":"proxy"}]}`)
		for range 6 {
			k.settle(t, pod.Pod)
			time.Sleep(startRetryPeriod)
		}
		want := []string{"run #0", "create proxy", "start proxy", "postStart proxy", "stop proxy", "stop proxy", "create proxy", "start proxy",
			"postStart proxy", "create app", "start app"}
		if diff := cmp.Diff(want, runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// A sync that fails before it knows what others wait for leaves the extra probes alone.
func TestDependencyFailedSyncKeepsExtraProbes(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appWaitsForDB).Pod
		status := k.status(t, pod)
		k.syncWith(pod, status)
		synctest.Wait()
		before := k.helper.awaited.Load()
		k.runtime.down.Store(true)
		// The start of db has ended since the status was read, so that the sync reads it again.
		result := k.syncWith(pod, status)
		if err := result.Error(); err == nil || k.helper.awaited.Load() != before {
			t.Errorf("error %v, and the probes were set %d times, want an error and none", err, k.helper.awaited.Load()-before)
		}
		k.runtime.down.Store(false)
		if k.sync(t, pod); k.helper.awaited.Load() != before+1 {
			t.Errorf("the probes were set %d times, want once", k.helper.awaited.Load()-before)
		}
	})
}

// A status that is older than the last one does not make the kubelet forget a container.
func TestDependencyOldStatusForgetsNothing(t *testing.T) {
	now := time.Now()
	p := &podRecord{instances: map[string]*instanceRecord{}}
	id := kubecontainer.ContainerID{ID: "new"}
	p.forgetInstances(&kubecontainer.PodStatus{TimeStamp: now, ContainerStatuses: []*kubecontainer.Status{{ID: id}}})
	p.instance(id).started = true
	p.forgetInstances(&kubecontainer.PodStatus{TimeStamp: now.Add(-time.Second)})
	if !p.instance(id).started {
		t.Error("the container was forgotten because of an old status")
	}
	p.forgetInstances(&kubecontainer.PodStatus{TimeStamp: now.Add(time.Second)})
	if len(p.instances) > 0 {
		t.Error("the container is gone, and was not forgotten")
	}
}

// The kubelet relists a pod after a sync, so that the next one need not wait for a newer status, but not after a sync that fails.
func TestDependencyRelistAfterASyncThatFails(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k, _, relists := watching(t, nil)
		pod := podOf("app", "db", "bad").with("db", ready).says("app", appWaitsForDB)
		sync := func() error {
			result := k.sync(t, pod.Pod)
			time.Sleep(2 * relistPause)
			return result.Error()
		}
		k.settle(t, pod.Pod)
		if err := sync(); err != nil || relists.count(pod.UID) != 0 {
			t.Fatalf("%d relists, and error %v, of a pod that waits", relists.count(pod.UID), err)
		}
		// The first restart is at once, the second in back-off.
		for range 2 {
			k.runtime.exit(k.id(t, "bad").ID, 1)
			k.settle(t, pod.Pod)
		}
		time.Sleep(2 * relistPause)
		before := relists.count(pod.UID)
		if err := sync(); err == nil {
			t.Fatal("the container is not in back-off")
		}
		if got := relists.count(pod.UID) - before; got != 1 {
			t.Errorf("%d relists after the sync, want 1", got)
		}
	})
}
