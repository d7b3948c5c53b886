// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// RestartAllContainers removes all containers of the pod and closes the gates. A start in flight must not recreate a
// container, however far it has got.
func TestDependencyRestartAllContainersEndsStartsInFlight(t *testing.T) {
	for name, takes := range map[string]time.Duration{
		"create app": time.Second, "start app": time.Second, "create app slowly": time.Minute, "start app slowly": time.Minute,
	} {
		t.Run(name, func(t *testing.T) {
			blocked := strings.TrimSuffix(name, " slowly")
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := podOf("app", "db").
					says("app", `{"dependsOn":[{"container":"db","condition":"Started"}]}`).
					with("db", restarts(v1.ContainerRestartPolicyAlways)).
					with("db", func(c *v1.Container) {
						c.RestartPolicyRules = []v1.ContainerRestartRule{{
							Action:    v1.ContainerRestartRuleActionRestartAllContainers,
							ExitCodes: &v1.ContainerRestartRuleOnExitCodes{Operator: v1.ContainerRestartRuleOnExitCodesOpIn, Values: []int32{42}},
						}}
					})
				k.sync(t, pod.Pod)
				synctest.Wait()
				time.Sleep(time.Second)
				before := k.status(t, pod.Pod)
				k.runtime.serve = func(ctx context.Context, c criCall, _ string) error {
					if c.String() == blocked {
						time.Sleep(takes)
						return ctx.Err()
					}
					return nil
				}
				k.syncWith(pod.Pod, before)
				synctest.Wait()
				k.runtime.exit(k.id(t, "db").ID, 42)
				// The kubelet's status may be older than the container that the start has created.
				status := k.status(t, pod.Pod)
				status.ContainerStatuses = slices.DeleteFunc(status.ContainerStatuses, func(c *kubecontainer.Status) bool { return c.Name == "app" })
				status.ActiveContainerStatuses = slices.DeleteFunc(status.ActiveContainerStatuses,
					func(c *kubecontainer.Status) bool { return c.Name == "app" })
				k.SyncPod(silence(), pod.Pod, status, nil, k.backOff, true)
				synctest.Wait()
				if takes > startJoinTimeout {
					// The end of the start requests another sync.
					k.runtime.verbs()
					asked := k.helper.count.Load()
					time.Sleep(takes)
					if k.helper.count.Load() == asked {
						t.Error("no sync requested at the end of the start")
					}
					k.SyncPod(silence(), pod.Pod, k.status(t, pod.Pod), nil, k.backOff, true)
					synctest.Wait()
				}

				k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
					if c.String() == "create db" {
						return errors.New("db cannot be created")
					}
					return nil
				}
				k.runtime.verbs()
				time.Sleep(time.Minute)
				k.sync(t, pod.Pod)
				synctest.Wait()
				if diff := cmp.Diff([]string{"create db"}, k.runtime.verbs()); diff != "" {
					t.Errorf("calls while db is gone (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A new sandbox that RestartAllContainers needs gets the plan of the pod as it is then.
func TestDependencyRestartAllContainersPinsThePlanOfTheNewSandbox(t *testing.T) {
	k := newTestKubelet(t, newRecordingRuntime())
	pod := podOf("app", "db").says("app", appWaitsForDB)
	status := &kubecontainer.PodStatus{ID: pod.UID}
	pass := &wholePass{kubeGenericRuntimeManager: k.kubeGenericRuntimeManager, pod: pod.Pod, order: &PodOrder{status: status}}
	want := podActions{CreateSandbox: true, KillPod: true, ContainersToReset: []containerToRemoveInfo{{}}}
	got := pass.actions(silence(), func() podActions { return want })
	if diff := cmp.Diff(want.String(), got.String()); diff != "" {
		t.Errorf("actions (-upstream +ours):\n%s", diff)
	}
	if plan := pinnedAnnotations(pod.Pod)[ordering.PinnedPlanAnnotation]; pass.plan() != plan {
		t.Errorf("plan %q, want %q", pass.plan(), plan)
	}
}

// Once the pod is complete or has failed, no restart rule brings anything back, also if the kubelet restarts while Sidecars
// are stopping. A restart of all containers that had begun before goes on.
func TestDependencyRestartAllContainersOfAnEndedPod(t *testing.T) {
	const (
		appWaits = `{"dependsOn":[{"container":"db","condition":"Succeeded"}]}`
		proxy    = `{"type":"Sidecar"}`
	)
	for name, tt := range map[string]struct {
		says map[string]string
		// exits are the exits, in turn.
		exits []string
		codes []int32
		// removed are containers that the kubelet has removed already.
		removed []string
		want    []string
	}{
		"complete": {
			says: map[string]string{"proxy": proxy}, exits: []string{"app", "db", "proxy"}, codes: []int32{0, 0, 143},
			want: []string{"stop certs", "halt #0"},
		},
		"complete, the app has failed": {
			says: map[string]string{"proxy": proxy}, exits: []string{"app", "db", "proxy"}, codes: []int32{1, 0, 143},
			want: []string{"stop certs", "halt #0"},
		},
		"failed": {
			says: map[string]string{"proxy": proxy, "app": appWaits}, exits: []string{"db", "proxy"}, codes: []int32{1, 143},
			want: []string{"stop certs", "halt #0"},
		},
		"a Standard container has exited": {
			says: map[string]string{"certs": proxy}, exits: []string{"db", "proxy"}, codes: []int32{0, 42},
			want: []string{"stop app", "remove app", "remove db", "stop certs", "remove certs", "remove proxy"},
		},
		"a Standard container has exited, others are killed": {
			says: map[string]string{"app": appWaits}, exits: []string{"proxy", "db"}, codes: []int32{42, 137},
			want: []string{"remove db", "stop certs", "remove certs", "remove proxy"},
		},
		"a Standard container has exited, others are removed": {
			says: map[string]string{"app": appWaits}, exits: []string{"proxy", "db", "certs"}, codes: []int32{42, 137, 137},
			removed: []string{"db", "certs"},
			want:    []string{"remove proxy"},
		},
		"a Sidecar has exited, the app is killed": {
			says: map[string]string{"proxy": proxy}, exits: []string{"db", "proxy", "app"}, codes: []int32{0, 42, 137},
			want: []string{"remove app", "remove db", "stop certs", "remove certs", "remove proxy"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				runtime := newRecordingRuntime()
				k := newTestKubelet(t, runtime)
				pod := podOf("app", "db", "certs", "proxy").policy(v1.RestartPolicyNever).
					with("certs", restarts(v1.ContainerRestartPolicyAlways)).
					with("proxy", restarts(v1.ContainerRestartPolicyNever)).
					with("proxy", func(c *v1.Container) {
						c.RestartPolicyRules = []v1.ContainerRestartRule{{
							Action:    v1.ContainerRestartRuleActionRestartAllContainers,
							ExitCodes: &v1.ContainerRestartRuleOnExitCodes{Operator: v1.ContainerRestartRuleOnExitCodesOpNotIn, Values: []int32{0}},
						}}
					}).says("certs", proxy)
				for container, text := range tt.says {
					pod.says(container, text)
				}
				for range 3 {
					k.settle(t, pod.Pod)
				}
				for i, container := range tt.exits {
					time.Sleep(time.Second)
					runtime.exit(k.id(t, container).ID, tt.codes[i])
				}
				for _, container := range tt.removed {
					if err := runtime.FakeRuntimeService.RemoveContainer(silence(), k.id(t, container).ID); err != nil {
						t.Fatal(err)
					}
				}
				runtime.verbs()
				k = newTestKubelet(t, runtime)
				k.SyncPod(silence(), pod.Pod, k.status(t, pod.Pod), nil, k.backOff, true)
				synctest.Wait()
				if diff := cmp.Diff(tt.want, runtime.verbs()); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}
