// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	v1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// A container that the kubelet kills in order to run it again has not finished, although it exits with code 0 under policy
// OnFailure: it runs again, and until then users see it run.
func TestDependencyKilledContainerRunsAgain(t *testing.T) {
	withoutErrorHandlers(t)
	for name, tt := range map[string]struct {
		policy v1.RestartPolicy
		// alone means that nothing else of the pod runs.
		alone bool
		// happens makes the kubelet kill work.
		happens func(k *testKubelet, pod *v1.Pod, work kubecontainer.ContainerID)
		want    []string
	}{
		"liveness": {
			policy: v1.RestartPolicyOnFailure,
			happens: func(k *testKubelet, _ *v1.Pod, work kubecontainer.ContainerID) {
				k.livenessManager.Set(work, proberesults.Failure, nil)
			},
			want: []string{"stop work", "create work", "start work"},
		},
		"liveness, alone": {
			policy: v1.RestartPolicyOnFailure, alone: true,
			happens: func(k *testKubelet, _ *v1.Pod, work kubecontainer.ContainerID) {
				k.livenessManager.Set(work, proberesults.Failure, nil)
			},
			want: []string{"stop work", "create work", "start work"},
		},
		"a changed image": {
			policy: v1.RestartPolicyNever,
			happens: func(_ *testKubelet, pod *v1.Pod, _ kubecontainer.ContainerID) {
				pod.Spec.Containers[0].Image = "image:2"
			},
			want: []string{"stop work", "create work", "start work"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := podOf("work", "log").policy(tt.policy).with("log", restarts(v1.ContainerRestartPolicyAlways)).
					says("log", `{"type":"Sidecar"}`).Pod
				if tt.alone {
					pod = podOf("work").policy(tt.policy).says("work", `{"stopTimeoutSeconds":5}`).Pod
				}
				for range 3 {
					k.settle(t, pod)
				}
				work := k.id(t, "work")
				k.runtime.verbs()
				// The stop takes longer than a decision to start the container stays good, and so does its creation.
				k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
					switch c.String() {
					case "stop work":
						time.Sleep(3 * time.Second)
					case "create work":
						time.Sleep(5 * time.Second)
					}
					return nil
				}
				k.runtime.stopCode = func(string, string) int32 { return 0 }
				time.Sleep(time.Second)
				tt.happens(k, pod, work)
				k.sync(t, pod)
				time.Sleep(4 * time.Second)
				if got := k.status(t, pod).FindContainerStatusByName("work"); got.State != kubecontainer.ContainerStateExited || got.ExitCode != 0 {
					t.Errorf("work is %s, with code %d", got.State, got.ExitCode)
				}
				status := k.status(t, pod)
				order := k.PodOrder(t.Context(), pod, status)
				k.sync(t, pod)
				if order.Decisions.Complete {
					t.Error("the pod is complete")
				}
				if shown := order.RunsAgain(status).FindContainerStatusByName("work"); shown.State != kubecontainer.ContainerStateRunning {
					t.Errorf("it is shown as %s", shown.State)
				}
				time.Sleep(time.Minute)
				for range 3 {
					k.settle(t, pod)
				}
				if diff := cmp.Diff(tt.want, k.runtime.verbs(), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// While a start is in flight whose container has exited already, nothing of the pod may run. That ends neither the start nor the
// sandbox.
func TestDependencyStartInFlightKeepsItsSandbox(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("work").policy(v1.RestartPolicyOnFailure).says("work", `{}`).with("work", postStart)
		k.runtime.serve = hookLasts("work", 5*time.Second, nil)
		k.sync(t, pod.Pod)
		time.Sleep(time.Second)
		k.runtime.exit(k.id(t, "work").ID, 0)
		for range 3 {
			k.sync(t, pod.Pod)
			time.Sleep(time.Second)
		}
		if diff := cmp.Diff([]string{"run #0", "create work", "start work", "postStart work"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls while the hook runs (-want +got):\n%s", diff)
		}
		time.Sleep(time.Minute)
		if !k.PodOrder(silence(), pod.Pod, k.status(t, pod.Pod)).Decisions.Complete {
			t.Error("the pod is not complete after the start")
		}
	})
}

// What the kubelet has ended with its sandbox runs again in the next one, also if that one cannot be made at first: not even then is
// nothing left to run.
func TestDependencyEndedWithItsSandboxRunsAgain(t *testing.T) {
	withoutErrorHandlers(t)
	for name, initial := range map[string]bool{"alone": false, "after an init container": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				k.runtime.stopCode = func(string, string) int32 { return 0 }
				pod := podOf("work").policy(v1.RestartPolicyOnFailure).says("work", `{"stopTimeoutSeconds":5}`)
				if initial {
					pod.native("setup").with("setup", func(c *v1.Container) { c.RestartPolicy = nil })
				}
				settle := func() {
					for range 3 {
						k.settle(t, pod.Pod)
						if initial {
							k.runtime.exit(k.id(t, "setup").ID, 0)
						}
						time.Sleep(time.Second)
					}
				}
				settle()
				// The containers run on until the kubelet stops them.
				for _, sandbox := range k.runtime.Sandboxes {
					sandbox.State = runtimeapi.PodSandboxState_SANDBOX_NOTREADY
				}
				failed := false
				k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
					if c.String() == "run #1" && !failed {
						failed = true
						return errors.New("no network")
					}
					return nil
				}
				k.runtime.verbs()
				k.sync(t, pod.Pod)
				synctest.Wait()
				if diff := cmp.Diff([]string{"stop work", "halt #0"}, k.runtime.verbs()[:2]); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				settle()
				if diff := cmp.Diff([]string{"work"}, k.running()); diff != "" {
					t.Errorf("running containers (-want +got):\n%s", diff)
				}
			})
		})
	}
}
