// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/events"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// What has Succeeded counts as Started and Ready, also in the sandbox after the one in which it ran, where it does not run again.
func TestDependencySucceededCountsAsReady(t *testing.T) {
	withoutErrorHandlers(t)
	for _, condition := range []string{"Started", "Ready", "Completed", "Succeeded", ""} {
		for name, restarted := range map[string]bool{"the same kubelet": false, "a new kubelet": true} {
			t.Run(fmt.Sprintf("%s, %s", condition, name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					k := newTestKubelet(t, newRecordingRuntime())
					pod := podOf("app", "setup").says("setup", `{"type":"Sidecar"}`).
						with("setup", restarts(v1.ContainerRestartPolicyOnFailure)).with("setup", startup).with("setup", ready)
					if condition != "" {
						pod.says("app", `{"dependsOn":[{"container":"setup","condition":"`+condition+`"}]}`)
					}
					k.settle(t, pod.Pod)
					time.Sleep(time.Second)
					k.runtime.exit(k.id(t, "setup").ID, 0)
					k.settle(t, pod.Pod)
					if diff := cmp.Diff([]string{"run #0", "create setup", "start setup", "create app", "start app"}, k.runtime.verbs()); diff != "" {
						t.Errorf("calls (-want +got):\n%s", diff)
					}
					k.loseSandbox()
					if restarted {
						k = newTestKubelet(t, k.runtime)
					}
					k.settle(t, pod.Pod)
					time.Sleep(time.Minute)
					k.settle(t, pod.Pod)
					if diff := cmp.Diff([]string{"halt #0", "run #1", "create app", "start app"}, k.runtime.verbs()); diff != "" {
						t.Errorf("calls in the new sandbox (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// A container that the kubelet has ended has not Succeeded, whatever its exit code. After a kubelet restart the pod's last status
// tells; if it does not, the container counts as Succeeded, and its dependents do not wait for ever.
func TestDependencySucceededByItself(t *testing.T) {
	withoutErrorHandlers(t)
	hookFails := func(k *testKubelet, _ *v1.Pod) {
		k.runtime.serve = func(_ context.Context, call criCall, _ string) error {
			if call.Verb == "postStart" {
				return errors.New("hook")
			}
			return nil
		}
	}
	for name, tt := range map[string]struct {
		with   func(*v1.Container)
		before func(k *testKubelet, pod *v1.Pod)
		after  func(t *testing.T, k *testKubelet)
		// restarts and says mean that the kubelet restarts, and that the pod's last status says that it ended the container.
		restarts, says bool
		want           []string
		wantFailed     bool
	}{
		"by itself": {
			after: func(t *testing.T, k *testKubelet) { k.runtime.exit(k.id(t, "setup").ID, 0) },
			want:  []string{"create app", "start app"},
		},
		"its hook has failed": {with: postStart, before: hookFails, want: []string{"stop setup"}, wantFailed: true},
		"its hook has failed, the kubelet restarts": {
			with: postStart, before: hookFails, restarts: true, says: true, want: []string{"stop setup"}, wantFailed: true,
		},
		"its hook has failed, the kubelet restarts and forgets": {
			with: postStart, before: hookFails, restarts: true, want: []string{"stop setup", "create app", "start app"},
		},
		"its hook has failed, because it has exited": {
			with: postStart,
			before: func(k *testKubelet, _ *v1.Pod) {
				k.runtime.serve = func(_ context.Context, call criCall, id string) error {
					if call.Verb == "postStart" {
						time.Sleep(time.Second)
						k.runtime.exit(id, 0)
						time.Sleep(time.Millisecond)
						return errors.New("the container does not run")
					}
					return nil
				}
			},
			want: []string{"stop setup", "create app", "start app"},
		},
		"its liveness probe has failed": {
			after: func(t *testing.T, k *testKubelet) {
				k.livenessManager.Set(k.id(t, "setup"), proberesults.Failure, nil)
			},
			want: []string{"stop setup"}, wantFailed: true,
		},
		"its liveness probe has failed, because it has exited": {
			after: func(t *testing.T, k *testKubelet) {
				k.runtime.exit(k.id(t, "setup").ID, 0)
				k.livenessManager.Set(k.id(t, "setup"), proberesults.Failure, nil)
			},
			want: []string{"create app", "start app"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				k.runtime.stopCode = func(string, string) int32 { return 0 }
				pod := podOf("app", "setup", "other").policy(v1.RestartPolicyNever).
					says("app", `{"dependsOn":[{"container":"setup","condition":"Succeeded"}]}`)
				if tt.with != nil {
					pod.with("setup", tt.with)
				}
				if tt.before != nil {
					tt.before(k, pod.Pod)
				}
				k.sync(t, pod.Pod)
				time.Sleep(2 * time.Second)
				if tt.after != nil {
					tt.after(t, k)
					k.sync(t, pod.Pod)
					time.Sleep(time.Second)
				}
				order := k.PodOrder(silence(), pod.Pod, k.status(t, pod.Pod))
				if tt.restarts {
					k = newTestKubelet(t, k.runtime)
				}
				if tt.says {
					for id, why := range order.StoppedAlone {
						pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, v1.ContainerStatus{Name: "setup", ContainerID: id,
							State: v1.ContainerState{Terminated: &v1.ContainerStateTerminated{Reason: events.StoppedByKubelet, Message: why}}})
					}
				}
				order = k.PodOrder(silence(), pod.Pod, k.status(t, pod.Pod))
				if got := order.Decisions.Failed != ""; got != tt.wantFailed {
					t.Errorf("the pod fails: %q, want %t", order.Decisions.Failed, tt.wantFailed)
				}
				if got := len(order.StoppedAlone) == 1; got != tt.wantFailed {
					t.Errorf("ended by the kubelet: %v, want %t", order.StoppedAlone, tt.wantFailed)
				}
				if !tt.wantFailed {
					k.settle(t, pod.Pod)
				}
				got := slices.DeleteFunc(k.runtime.verbs(), func(call string) bool { return call != "stop setup" && !strings.HasSuffix(call, " app") })
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A restart that fails leaves a container that the kubelet has ended. What is shown follows from a status that the kubelet reads
// after that.
func TestDependencySucceededNotIfARestartFails(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		k.runtime.stopCode = func(string, string) int32 { return 0 }
		pod := podOf("app", "setup", "other").says("app", `{"dependsOn":[{"container":"setup","condition":"Succeeded"}]}`).
			with("setup", restarts(v1.ContainerRestartPolicyOnFailure))
		k.settle(t, pod.Pod)
		k.runtime.serve = func(_ context.Context, call criCall, _ string) error {
			if call.String() == "create setup" {
				time.Sleep(time.Second)
				return errors.New("no")
			}
			return nil
		}
		time.Sleep(time.Second)
		k.livenessManager.Set(k.id(t, "setup"), proberesults.Failure, nil)
		asked := k.helper.count.Load()
		k.sync(t, pod.Pod)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := k.helper.count.Load() - asked; got != 1 {
			t.Errorf("%d syncs with a newer status were requested at the end of the start, want 1", got)
		}
		k.settle(t, pod.Pod)
		order := k.PodOrder(silence(), pod.Pod, k.status(t, pod.Pod))
		if d := order.Decisions.Containers["app"]; d.Gate != dependency.Unreachable {
			t.Errorf("the app waits for what has not Succeeded: %+v", d)
		}
		id := k.id(t, "setup")
		want := map[string]string{id.String(): "Container setup failed liveness probe"}
		if diff := cmp.Diff(want, order.StoppedAlone); diff != "" {
			t.Errorf("ended by the kubelet (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"other"}, k.running()); diff != "" {
			t.Errorf("running containers (-want +got):\n%s", diff)
		}
	})
}

// A relist that was under way when a start ended may leave the kubelet with an older status, although the start has asked for a new
// one. The next sync sees that, and asks again.
func TestDependencySyncAsksAgainForAStatusNewerThanAStart(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appWaitsForDB).with("db", ready)
		k.sync(t, pod.Pod)
		older := k.status(t, pod.Pod)
		time.Sleep(time.Second)
		k.runtime.exit(k.id(t, "db").ID, 1)
		k.sync(t, pod.Pod)
		synctest.Wait()
		time.Sleep(time.Second)
		for name, tt := range map[string]struct {
			status *kubecontainer.PodStatus
			asks   int64
		}{"older": {older, 1}, "newer": {k.status(t, pod.Pod), 0}} {
			asked := k.helper.atRelist.Load()
			k.syncWith(pod.Pod, tt.status)
			if got := k.helper.atRelist.Load() - asked; got != tt.asks {
				t.Errorf("with a status that is %s than the start: asked %d times for a new one, want %d", name, got, tt.asks)
			}
		}
	})
}
