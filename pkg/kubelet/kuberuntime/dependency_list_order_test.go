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
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// orderedByOthers makes a pod use ordering without a statement about proxy, app or log.
const orderedByOthers = `{"before":[{"container":"absent"}]}`

// hookLasts lets the postStart hooks of a container take their time, and then fail if they are to.
func hookLasts(container string, lasts time.Duration, err error) func(context.Context, criCall, string) error {
	return func(_ context.Context, call criCall, _ string) error {
		if call.String() != "postStart "+container {
			return nil
		}
		time.Sleep(lasts)
		return err
	}
}

// A container starts once the start of each earlier one in the list that has a postStart hook has ended, well or not. Those without
// a hook start at the same time.
func TestDependencyListOrderOfPostStartHooks(t *testing.T) {
	withoutErrorHandlers(t)
	for name, tt := range map[string]struct {
		with  func(pod podBuilder)
		serve func(context.Context, criCall, string) error
		pull  error
		// want are the calls in the first second, later those in the minute that follows.
		want, later []string
	}{
		"no hooks": {want: []string{"create app", "create log", "create proxy", "start app", "start log", "start proxy"}},
		"the hook of the first": {
			with: func(pod podBuilder) { pod.with("proxy", postStart) }, serve: hookLasts("proxy", 2*time.Second, nil),
			want:  []string{"create proxy", "postStart proxy", "start proxy"},
			later: []string{"create app", "create log", "start app", "start log"},
		},
		"the hook of the second": {
			with: func(pod podBuilder) { pod.with("app", postStart) }, serve: hookLasts("app", 2*time.Second, nil),
			want:  []string{"create app", "create proxy", "postStart app", "start app", "start proxy"},
			later: []string{"create log", "start log"},
		},
		"the hook of the last": {
			with: func(pod podBuilder) { pod.with("log", postStart) }, serve: hookLasts("log", 2*time.Second, nil),
			want: []string{"create app", "create log", "create proxy", "postStart log", "start app", "start log", "start proxy"},
		},
		"a hook that fails": {
			with: func(pod podBuilder) {
				pod.policy(v1.RestartPolicyNever).with("proxy", postStart)
			},
			serve: hookLasts("proxy", 2*time.Second, errors.New("hook")),
			want:  []string{"create proxy", "postStart proxy", "start proxy"},
			later: []string{"create app", "create log", "start app", "start log", "stop proxy"},
		},
		"an image that cannot be pulled": {
			with: func(pod podBuilder) {
				pod.with("proxy", postStart).with("proxy", image("missing", v1.PullIfNotPresent))
			},
			pull: errors.New("no such image"),
			want: []string{"create app", "create log", "start app", "start log"},
		},
		"a container that cannot be created": {
			with: func(pod podBuilder) { pod.policy(v1.RestartPolicyNever).with("proxy", postStart) },
			serve: func(_ context.Context, call criCall, _ string) error {
				if call.String() == "create proxy" {
					time.Sleep(500 * time.Millisecond)
					return errors.New("no")
				}
				return nil
			},
			want:  []string{"create app", "create log", "create proxy", "start app", "start log"},
			later: []string{"create proxy"},
		},
		"a container that can never start": {
			with: func(pod podBuilder) {
				pod.with("proxy", postStart).with("log", restarts(v1.ContainerRestartPolicyNever)).
					says("proxy", `{"type":"Sidecar","dependsOn":[{"container":"log","condition":"Succeeded"}]}`).
					says("app", `{"dependsOn":[{"type":"Sidecar","condition":"None"}]}`).
					says("log", `{"type":"Sidecar"}`)
			},
			serve: func(_ context.Context, call criCall, _ string) error {
				if call.String() == "start log" {
					return errors.New("no")
				}
				return nil
			},
			want: []string{"create app", "create log", "start app", "start log"},
		},
		"the list against a dependency": {
			with: func(pod podBuilder) {
				pod.with("proxy", postStart).says("proxy", `{"dependsOn":[{"container":"app"}]}`)
			},
			want: []string{"create app", "create log", "create proxy", "postStart proxy", "start app", "start log", "start proxy"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				k.runtime.serve = tt.serve
				k.images.pull = func(context.Context, string) error { return tt.pull }
				pod := podOf("proxy", "app", "log").says("log", orderedByOthers)
				if tt.with != nil {
					tt.with(pod)
				}
				k.settle(t, pod.Pod)
				time.Sleep(time.Second)
				k.settle(t, pod.Pod)
				if diff := cmp.Diff(sorted(append(tt.want, "run #0")), sorted(k.runtime.verbs())); diff != "" {
					t.Errorf("calls at first (-want +got):\n%s", diff)
				}
				for range 6 {
					time.Sleep(10 * time.Second)
					k.settle(t, pod.Pod)
				}
				if diff := cmp.Diff(tt.later, slices.Compact(sorted(k.runtime.verbs()))); diff != "" {
					t.Errorf("calls later (-want +got):\n%s", diff)
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

// Another kubelet process, and another sandbox, know of no start that has ended before: they wait for the next one.
func TestDependencyListOrderIsArmedAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		happens func(t *testing.T, k *testKubelet, pod *v1.Pod) *testKubelet
		// want are the calls until the hook of the proxy ends, which takes two seconds.
		want []string
	}{
		"the kubelet restarts before the container is started": {
			happens: func(t *testing.T, k *testKubelet, pod *v1.Pod) *testKubelet {
				k.runtime.serve = func(_ context.Context, call criCall, _ string) error {
					if call.String() == "start proxy" {
						return errKubeletGone
					}
					return nil
				}
				k.sync(t, pod)
				synctest.Wait()
				return newTestKubelet(t, k.runtime)
			},
			want: []string{"create proxy", "start proxy", "postStart proxy"},
		},
		"the kubelet restarts while the hook runs": {
			happens: func(t *testing.T, k *testKubelet, pod *v1.Pod) *testKubelet {
				k.runtime.serve = hookLasts("proxy", time.Hour, nil)
				k.sync(t, pod)
				synctest.Wait()
				// Whether the hook was done is unknown, and it is not run again.
				return newTestKubelet(t, k.runtime)
			},
			want: []string{"create app", "start app"},
		},
		"the kubelet restarts after the image could not be pulled": {
			happens: func(t *testing.T, k *testKubelet, pod *v1.Pod) *testKubelet {
				k.images.pull = func(context.Context, string) error { return errors.New("no such image") }
				k.sync(t, pod)
				synctest.Wait()
				return newTestKubelet(t, k.runtime)
			},
			want: []string{"create proxy", "start proxy", "postStart proxy"},
		},
		"a new sandbox": {
			happens: func(t *testing.T, k *testKubelet, pod *v1.Pod) *testKubelet {
				for range 3 {
					k.settle(t, pod)
				}
				k.loseSandbox()
				return k
			},
			want: []string{"halt #0", "run #1", "create proxy", "start proxy", "postStart proxy"},
		},
		"all containers restart": {
			happens: func(t *testing.T, k *testKubelet, pod *v1.Pod) *testKubelet {
				for range 3 {
					k.settle(t, pod)
				}
				k.SyncPod(silence(), pod, k.status(t, pod), nil, k.backOff, true)
				synctest.Wait()
				return k
			},
			want: []string{"create proxy", "start proxy", "postStart proxy"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := podOf("proxy", "app").says("app", orderedByOthers).
					with("proxy", postStart).with("proxy", image("pulled", v1.PullIfNotPresent))
				k = tt.happens(t, k, pod.Pod)
				k.runtime.serve = hookLasts("proxy", 2*time.Second, nil)
				k.runtime.verbs()
				time.Sleep(10 * time.Second)
				k.settle(t, pod.Pod)
				time.Sleep(time.Second)
				k.settle(t, pod.Pod)
				if diff := cmp.Diff(tt.want, k.runtime.verbs()); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				for range 2 {
					time.Sleep(2 * time.Second)
					k.settle(t, pod.Pod)
				}
				if n := len(k.running()); n != 2 {
					t.Errorf("%d containers run, want 2", n)
				}
				time.Sleep(time.Hour)
			})
		})
	}
}

// loseSandbox ends the sandbox and its containers, as a reboot of the node does.
func (k *testKubelet) loseSandbox() {
	time.Sleep(time.Second)
	for _, sandbox := range k.runtime.Sandboxes {
		k.runtime.exitAll(sandbox.Id, 137)
		sandbox.State = runtimeapi.PodSandboxState_SANDBOX_NOTREADY
	}
}

// running returns the names of the running containers.
func (k *testKubelet) running() (names []string) {
	for _, c := range k.runtime.records() {
		if c.State == runtimeapi.ContainerState_CONTAINER_RUNNING {
			names = append(names, c.Metadata.Name)
		}
	}
	return names
}
