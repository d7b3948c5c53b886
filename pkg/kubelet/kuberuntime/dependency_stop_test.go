// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// stopping is a running pod that is stopped.
type stopping struct {
	pod podBuilder
	// stopsIn is how many seconds a container takes to stop after the signal, hooksIn how many its preStop hook takes.
	stopsIn, hooksIn map[string]int
	// stopFails are containers that the runtime cannot stop.
	stopFails []string
	// exited are containers that have already exited, ephemeral those that a user has added.
	exited, ephemeral []string
	override          *int64
	// deletion is the grace period of the pod's deletion.
	deletion *int64
	// orphan means that the pod object is gone.
	orphan bool
}

// run returns the calls to the runtime with their times in seconds, such as "stop app(30) @0".
func (s stopping) run(t *testing.T) (calls []string, err error) {
	k := newTestKubelet(t, newRecordingRuntime())
	settle := func() {
		for range 6 {
			k.sync(t, s.pod.Pod)
			synctest.Wait()
			time.Sleep(2 * time.Second)
		}
	}
	settle()
	for _, name := range s.ephemeral {
		s.pod.Spec.EphemeralContainers = append(s.pod.Spec.EphemeralContainers, v1.EphemeralContainer{
			EphemeralContainerCommon: v1.EphemeralContainerCommon{Name: name, Image: "image:1", ImagePullPolicy: v1.PullIfNotPresent}})
		settle()
	}
	for _, name := range s.exited {
		k.runtime.exitNamed(name, 0)
	}
	k.runtime.verbs()
	began := time.Now()
	k.runtime.serve = func(_ context.Context, c criCall, _ string) error {
		seconds := s.stopsIn[c.Target]
		switch {
		case c.Verb == "preStop":
			seconds = s.hooksIn[c.Target]
		case c.Verb != "stop":
			return nil
		case slices.Contains(s.stopFails, c.Target):
			return errors.New("it does not stop")
		}
		wait := time.Duration(seconds) * time.Second
		if limit := time.Duration(c.Timeout) * time.Second; c.Verb == "stop" && wait > limit {
			wait = limit + finalKill
		}
		time.Sleep(wait)
		return nil
	}
	status := k.status(t, s.pod.Pod)
	running := kubecontainer.ConvertPodStatusToRunningPod(k.Type(), status)
	killed := s.pod.DeepCopy()
	if s.deletion != nil {
		killed.DeletionTimestamp, killed.DeletionGracePeriodSeconds = ptr.To(v1Time(1000)), s.deletion
	}
	if s.orphan {
		killed = running.ToAPIPod()
	}
	k.states.terminating.Store(true)
	err = k.KillPod(silence(), killed, running, s.override)
	// Let abandoned calls end; their effects do not matter.
	defer time.Sleep(time.Hour)
	return callsSince(k.runtime, began.Sub(k.runtime.began)), err
}

// callsSince returns the calls to the runtime with the seconds since began, such as "stop app(30) @0", sorted.
func callsSince(runtime *recordingRuntime, began time.Duration) (calls []string) {
	for _, c := range runtime.history() {
		text := c.String()
		if c.Verb == "stop" {
			text = fmt.Sprintf("%s(%d)", c, c.Timeout)
		}
		calls = append(calls, fmt.Sprintf("%s @%g", text, math.Floor((c.At-began).Seconds())))
	}
	return sorted(calls)
}

// finalKill is how long the runtime of these tests takes to kill a container that has not stopped in time.
const finalKill = 20 * time.Millisecond

func TestDependencyStop(t *testing.T) {
	const sidecar = `{"type":"Sidecar"}`
	chain := func() podBuilder {
		return podOf("app", "db", "disk").says("app", appAfterDB).says("db", `{"dependsOn":[{"container":"disk","condition":"Started"}]}`)
	}
	for name, tt := range map[string]struct {
		stopping
		want      []string
		wantError bool
	}{
		"a chain stops from its end": {
			stopping: stopping{pod: chain(), stopsIn: map[string]int{"app": 3, "db": 4}},
			want:     []string{"halt #0 @7", "stop app(26) @0", "stop db(25) @3", "stop disk(23) @7"},
		},
		"past a container that has exited": {
			stopping: stopping{pod: chain().policy(v1.RestartPolicyNever), stopsIn: map[string]int{"app": 3}, exited: []string{"db"}},
			want:     []string{"halt #0 @3", "stop app(28) @0", "stop disk(27) @3"},
		},
		"independent containers at the same time": {
			stopping: stopping{pod: podOf("a", "b", "proxy").says("proxy", sidecar), stopsIn: map[string]int{"a": 3, "b": 5}},
			want:     []string{"halt #0 @5", "stop a(28) @0", "stop b(28) @0", "stop proxy(25) @5"},
		},
		"a Sidecar that waits for an app stops before it": {
			stopping: stopping{pod: podOf("app", "proxy").
				says("proxy", `{"type":"Sidecar","dependsOn":[{"container":"app","condition":"Started"}]}`),
				stopsIn: map[string]int{"proxy": 2}},
			want: []string{"halt #0 @2", "stop app(28) @2", "stop proxy(28) @0"},
		},
		"a preStop hook runs in the container's turn": {
			stopping: stopping{pod: podOf("app", "proxy").says("proxy", sidecar).with("proxy", preStop).with("app", preStop),
				stopsIn: map[string]int{"app": 3}, hooksIn: map[string]int{"app": 2, "proxy": 4}},
			want: []string{"halt #0 @9", "preStop app @0", "preStop proxy @5", "stop app(26) @2", "stop proxy(21) @9"},
		},
		"a container's own limit": {
			stopping: stopping{pod: podOf("app", "proxy").says("proxy", sidecar).says("app", `{"stopTimeoutSeconds":5}`),
				stopsIn: map[string]int{"app": 60}},
			want: []string{"halt #0 @5", "stop app(5) @0", "stop app(0) @5", "stop proxy(25) @5"},
		},
		"a container that cannot be stopped releases the others": {
			stopping:  stopping{pod: chain(), stopFails: []string{"app"}},
			want:      []string{"halt #0 @0", "stop app(26) @0", "stop db(28) @0", "stop disk(30) @0"},
			wantError: true,
		},
		"an override of the grace period": {
			stopping: stopping{pod: chain(), stopsIn: map[string]int{"app": 3}, override: ptr.To[int64](10)},
			want:     []string{"halt #0 @3", "stop app(6) @0", "stop db(5) @3", "stop disk(7) @3"},
		},
		"an override of 1 leaves no time for an order": {
			stopping: stopping{pod: chain(), stopsIn: map[string]int{"app": 60}, override: ptr.To[int64](1)},
			want:     []string{"halt #0 @2", "stop app(2) @0", "stop db(2) @0", "stop disk(2) @0"},
		},
		"an override of 0 is not the absence of one": {
			stopping: stopping{pod: chain(), stopsIn: map[string]int{"app": 60}, override: ptr.To[int64](0)},
			want:     []string{"halt #0 @2", "stop app(2) @0", "stop db(2) @0", "stop disk(2) @0"},
		},
		"the grace period of the deletion counts": {
			stopping: stopping{pod: chain(), deletion: ptr.To[int64](12)},
			want:     []string{"halt #0 @0", "stop app(8) @0", "stop db(10) @0", "stop disk(12) @0"},
		},
		"the pod's object is gone: the plan of the sandbox": {
			stopping: stopping{pod: chain(), stopsIn: map[string]int{"app": 3, "db": 4}, orphan: true, override: ptr.To[int64](20)},
			want:     []string{"halt #0 @7", "stop app(16) @0", "stop db(15) @3", "stop disk(13) @7"},
		},
		"native sidecars after all regular containers, their hooks at once": {
			stopping: stopping{pod: podOf("app", "db").native("n1").native("n2").says("app", appAfterDB).with("n1", preStop).with("n2", preStop),
				stopsIn: map[string]int{"app": 2, "db": 3, "n2": 4}},
			want: []string{"halt #0 @9", "preStop n1 @0", "preStop n2 @0", "stop app(24) @0", "stop db(24) @2", "stop n1(21) @9", "stop n2(23) @5"},
		},
		"native sidecars with dependents, their hooks at once": {
			stopping: stopping{pod: podOf("app").native("n1").native("n2").says("app", `{"dependsOn":[{"container":"n2"}]}`).
				with("n1", preStop).with("n2", preStop),
				stopsIn: map[string]int{"app": 5}, hooksIn: map[string]int{"n2": 2}},
			want: []string{"halt #0 @5", "preStop n1 @0", "preStop n2 @0", "stop app(26) @0", "stop n1(25) @5", "stop n2(23) @5"},
		},
		"a native sidecar runs its hook in its turn if it says so": {
			stopping: stopping{pod: podOf("app").native("n1").native("n2").says("n2", `{"preStopTiming":"InTurn"}`).
				with("n1", preStop).with("n2", preStop),
				stopsIn: map[string]int{"app": 5}, hooksIn: map[string]int{"n1": 2, "n2": 2}},
			want: []string{"halt #0 @7", "preStop n1 @0", "preStop n2 @5", "stop app(26) @0", "stop n1(23) @7", "stop n2(21) @7"},
		},
		"the own limit of a native sidecar begins at its turn": {
			stopping: stopping{pod: podOf("app").native("n1").native("n2").says("n2", `{"stopTimeoutSeconds":3}`).with("n2", preStop),
				stopsIn: map[string]int{"app": 10, "n2": 60}, hooksIn: map[string]int{"n2": 1}},
			want: []string{"halt #0 @13", "preStop n2 @0", "stop app(26) @0", "stop n1(17) @13", "stop n2(0) @13", "stop n2(3) @10"},
		},
		"hooks at the termination beside the dependents, signals in turn": {
			stopping: stopping{pod: chain().atTermination("db", "disk"), stopsIn: map[string]int{"app": 8, "db": 2},
				hooksIn: map[string]int{"db": 4, "disk": 1}},
			want: []string{"halt #0 @10", "preStop db @0", "preStop disk @0", "stop app(26) @0", "stop db(20) @8", "stop disk(20) @10"},
		},
		"a hook that still runs in the container's turn is part of its limit": {
			stopping: stopping{pod: chain().atTermination("db"), stopsIn: map[string]int{"app": 3}, hooksIn: map[string]int{"db": 8}},
			want:     []string{"halt #0 @8", "preStop db @0", "stop app(26) @0", "stop db(20) @8", "stop disk(22) @8"},
		},
		"hooks at the termination of a pod whose object is gone": {
			stopping: stopping{pod: chain().atTermination("db", "disk"), stopsIn: map[string]int{"app": 3}, orphan: true,
				override: ptr.To[int64](20)},
			want: []string{"halt #0 @3", "preStop db @0", "preStop disk @0", "stop app(16) @0", "stop db(15) @3", "stop disk(17) @3"},
		},
		"no hook of a container that had exited": {
			stopping: stopping{pod: chain().atTermination("db").policy(v1.RestartPolicyNever), stopsIn: map[string]int{"app": 3},
				exited: []string{"db"}},
			want: []string{"halt #0 @3", "stop app(28) @0", "stop disk(27) @3"},
		},
		"hooks at the termination in too short a period: upstream's way": {
			stopping: stopping{pod: chain().atTermination("db"), override: ptr.To[int64](1)},
			want:     []string{"halt #0 @0", "preStop db @0", "stop app(2) @0", "stop db(2) @0", "stop disk(2) @0"},
		},
		"ephemeral containers stop at once and delay no others": {
			stopping: stopping{pod: chain(), ephemeral: []string{"debug"}, stopsIn: map[string]int{"debug": 20, "app": 3}},
			want:     []string{"halt #0 @20", "stop app(26) @0", "stop db(25) @3", "stop debug(30) @0", "stop disk(27) @3"},
		},
		"a pod that was created without an order has none": {
			stopping: stopping{pod: podOf("app", "db"), stopsIn: map[string]int{"app": 3}},
			want:     []string{"halt #0 @3", "stop app(30) @0", "stop db(30) @0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			withoutErrorHandlers(t)
			synctest.Test(t, func(t *testing.T) {
				calls, err := tt.run(t)
				if diff := cmp.Diff(sorted(tt.want), calls); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				if (err != nil) != tt.wantError {
					t.Errorf("error %v, want one: %t", err, tt.wantError)
				}
			})
		})
	}
}

// A container that a cancelled start has left running is stopped in its turn, even if the caller does not know it.
func TestDependencyStopListsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appAfterDB)
		k.sync(t, pod.Pod)
		synctest.Wait()
		known := k.status(t, pod.Pod)
		k.sync(t, pod.Pod)
		synctest.Wait()
		k.runtime.verbs()
		k.states.terminating.Store(true)
		if err := k.KillPod(silence(), pod.Pod, kubecontainer.ConvertPodStatusToRunningPod(k.Type(), known), nil); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"stop app", "stop db", "halt #0"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}
