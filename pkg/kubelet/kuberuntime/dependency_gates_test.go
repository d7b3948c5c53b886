// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"

	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// A container that the runtime could not start is left exited, and was never Started.
func TestDependencyGatesStartErrorIsNotStarted(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", `{"dependsOn":[{"container":"db","condition":"Started"}]}`)
		k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
			if c.String() == "start db" {
				return errors.New("exec: no such file")
			}
			return nil
		}
		for range 3 {
			k.sync(t, pod.Pod)
			synctest.Wait()
			time.Sleep(time.Minute)
		}
		for _, c := range k.runtime.history() {
			if c.Target == "app" {
				t.Fatalf("app started, but db, which it waits for, never ran: %v", k.runtime.history())
			}
		}
	})
}

// A container that a sync kills does not open gates in the same sync.
func TestDependencyGatesKilledInThisSyncIsNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", `{"dependsOn":[{"container":"db"}]}`).with("db", ready)
		k.sync(t, pod.Pod)
		synctest.Wait()
		time.Sleep(time.Second)
		k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
		k.livenessManager.Set(k.id(t, "db"), proberesults.Failure, nil)
		k.runtime.verbs()
		k.sync(t, pod.Pod)
		synctest.Wait()
		if diff := cmp.Diff([]string{"stop db", "create db", "start db"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// A container that exited after its postStart hook completed was Started, even if no sync saw it running.
func TestDependencyGatesStartedBeforeItWasLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "setup").policy(v1.RestartPolicyNever).
			says("app", `{"dependsOn":[{"container":"setup","condition":"Started"}]}`).with("setup", postStart)
		k.sync(t, pod.Pod)
		synctest.Wait()
		time.Sleep(time.Second)
		k.runtime.exit(k.id(t, "setup").ID, 0)
		k.runtime.verbs()
		k.sync(t, pod.Pod)
		synctest.Wait()
		if diff := cmp.Diff([]string{"create app", "start app"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// A kubelet that restarts cannot know whether a container that had exited by then had been Started. It does not fail the
// pod because of that, unlike a kubelet that was there.
func TestDependencyGatesStartedIsNotHeldAgainstAPodAfterAKubeletRestart(t *testing.T) {
	for name, tt := range map[string]struct {
		trait     func(*v1.Container)
		restarted bool
		want      []string
	}{
		"startup probe, the same kubelet": {trait: startup},
		"startup probe, a new kubelet":    {trait: startup, restarted: true, want: []string{"create app", "start app"}},
		"hook, a new kubelet":             {trait: postStart, restarted: true, want: []string{"create app", "start app"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				runtime := newRecordingRuntime()
				k := newTestKubelet(t, runtime)
				pod := podOf("app", "setup", "db").policy(v1.RestartPolicyNever).with("setup", tt.trait).with("db", ready).
					says("app", `{"dependsOn":[{"container":"setup","condition":"Started"},{"container":"db"}]}`)
				k.sync(t, pod.Pod)
				synctest.Wait()
				k.sync(t, pod.Pod)
				time.Sleep(time.Second)
				runtime.exit(k.id(t, "setup").ID, 1)
				if tt.restarted {
					k = newTestKubelet(t, runtime)
				}
				failed := k.PodOrder(silence(), pod.Pod, k.status(t, pod.Pod)).Decisions.Failed
				if got := failed != ""; got == tt.restarted {
					t.Errorf("the pod fails: %q", failed)
				}
				k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
				runtime.verbs()
				if tt.restarted {
					k.sync(t, pod.Pod)
					synctest.Wait()
				}
				if diff := cmp.Diff(tt.want, runtime.verbs()); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}
