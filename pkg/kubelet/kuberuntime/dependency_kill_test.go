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

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// killing brings up the pod and lets the liveness probe of one container fail, which takes the given time to stop.
func killing(t *testing.T, k *testKubelet, pod podBuilder, name string, takes time.Duration) {
	t.Helper()
	k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
		if c.String() == "stop "+name {
			time.Sleep(takes)
		}
		return nil
	}
	pod.with(name, func(c *v1.Container) {
		c.LivenessProbe = &v1.Probe{ProbeHandler: v1.ProbeHandler{Exec: &v1.ExecAction{Command: []string{"live"}}}}
	})
	for range 2 {
		// Native sidecars start one sync before the regular containers.
		k.settle(t, pod.Pod)
	}
	k.livenessManager.Set(k.id(t, name), proberesults.Failure, nil)
	k.runtime.verbs()
	k.settle(t, pod.Pod)
}

// A killed container that is slow to stop does not delay the others, and is restarted once it has stopped.
func TestDependencyKillHoldsUpNobody(t *testing.T) {
	for name, tt := range map[string]struct {
		pod    podBuilder
		killed string
	}{
		"a regular container": {pod: podOf("app", "db", "slow").with("db", ready).says("app", appWaitsForDB), killed: "slow"},
		"a native sidecar":    {pod: podOf("app", "db").native("slow").with("db", ready).says("app", appWaitsForDB), killed: "slow"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				killing(t, k, tt.pod, tt.killed, 20*time.Second)
				k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
				k.settle(t, tt.pod.Pod)
				if diff := cmp.Diff([]string{"stop slow", "create app", "start app"}, k.runtime.verbs()); diff != "" {
					t.Errorf("while it is killed (-want +got):\n%s", diff)
				}
				time.Sleep(20 * time.Second)
				k.settle(t, tt.pod.Pod)
				if diff := cmp.Diff([]string{"create slow", "start slow"}, k.runtime.verbs()); diff != "" {
					t.Errorf("when it is killed (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A pod that stops while one of its containers is being killed runs that container's hook once, does not restart it,
// and stops in order.
func TestDependencyStopWhileOneIsKilled(t *testing.T) {
	for name, tt := range map[string]struct {
		grace int64
		takes time.Duration
		want  []string
		// within is how long the stop may take.
		within    time.Duration
		wantError bool
	}{
		"the kill ends in time": {
			grace: 30, takes: 20 * time.Second, want: []string{"stop db", "halt #0"}, within: 15 * time.Second,
		},
		"the runtime does not end the container": {
			grace: 10, takes: 5 * time.Minute, want: []string{"stop app", "stop db", "halt #0"}, within: 10*time.Second + finalKillTime,
			wantError: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := podOf("app", "db").with("app", preStop).says("app", appWaitsForDB).grace(tt.grace)
				for range 2 {
					k.settle(t, pod.Pod)
				}
				killing(t, k, pod, "app", tt.takes)
				if diff := cmp.Diff([]string{"preStop app", "stop app"}, k.runtime.verbs()); diff != "" {
					t.Fatalf("the kill (-want +got):\n%s", diff)
				}
				time.Sleep(5 * time.Second)
				began := time.Now()
				if err := k.stop(t, pod.Pod, nil); (err != nil) != tt.wantError {
					t.Errorf("error %v, want one: %t", err, tt.wantError)
				}
				if took := time.Since(began); took > tt.within {
					t.Errorf("the stop took %s, want at most %s", took, tt.within)
				}
				time.Sleep(10 * time.Minute)
				if diff := cmp.Diff(tt.want, k.runtime.verbs()); diff != "" {
					t.Errorf("the stop (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A kill that is refused because the pod is terminating leaves the container and its hook to the stop.
func TestDependencyKillRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").with("app", preStop).says("app", appWaitsForDB)
		k.up(t, pod)
		k.states.terminating.Store(true)
		status := k.status(t, pod.Pod)
		left := &leftWork{status: status, sandboxID: status.SandboxStatuses[0].Id,
			kills: map[string]map[kubecontainer.ContainerID]containerToKillInfo{
				"app": {k.id(t, "app"): {name: "app", container: &pod.Spec.Containers[0]}}}}
		starter := podStarter{kubeGenericRuntimeManager: k.kubeGenericRuntimeManager, pod: pod.Pod, backOff: k.backOff}
		starter.launch(silence(), left.restarts(pod.Pod, &PodOrder{}, nil)[0])
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"preStop app", "stop app", "stop db", "halt #0"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// A kill in flight that fails is retried in the container's turn, not before.
func TestDependencyStopAfterAFailedKill(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appWaitsForDB)
		k.up(t, pod)
		k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
			if c.String() == "stop app" {
				time.Sleep(10 * time.Second)
			}
			return nil
		}
		kill := &containerKill{done: make(chan struct{})}
		go func() {
			time.Sleep(time.Second)
			kill.err = errors.New("the runtime is down")
			close(kill.done)
		}()
		graph, err := ordering.ForPod(pod.Pod)
		if err != nil {
			t.Fatal(err)
		}
		running := kubecontainer.ConvertPodStatusToRunningPod(k.Type(), k.status(t, pod.Pod))
		began := time.Now()
		stop := &podStop{kubeGenericRuntimeManager: k.kubeGenericRuntimeManager, pod: pod.Pod, runningPod: running, graph: graph,
			starts: cancelledStarts{kills: map[string]*containerKill{"db": kill}}}
		for _, r := range stop.run(silence()) {
			if r.Error != nil {
				t.Error(r.Error)
			}
		}
		if diff := cmp.Diff(map[string]float64{"app": 10, "db": 10}, k.runtime.ends(began), roughly); diff != "" {
			t.Errorf("ends after (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"stop app", "stop db"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
	})
}

// A kill in flight follows a shortened grace period, too.
func TestDependencyStopShortenedWhileOneIsKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, deafRuntime())
		pod := deafPod(2, 600).with("a", func(c *v1.Container) {
			c.LivenessProbe = &v1.Probe{ProbeHandler: v1.ProbeHandler{Exec: &v1.ExecAction{Command: []string{"live"}}}}
		})
		k.up(t, pod)
		k.livenessManager.Set(k.id(t, "a"), proberesults.Failure, nil)
		k.settle(t, pod.Pod)
		time.Sleep(5 * time.Second)
		began := time.Now()
		go func() {
			time.Sleep(5 * time.Second)
			ordering.GracePeriods.Publish(pod.UID, 10)
		}()
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(map[string]float64{"a": 13, "b": 15}, k.runtime.ends(began), roughly); diff != "" {
			t.Errorf("ends after (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
	})
}
