// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	v1 "k8s.io/api/core/v1"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// A gate that closes again while the container's image is being pulled holds the container back until it opens again.
func TestDependencyGateClosesDuringAPull(t *testing.T) {
	withoutErrorHandlers(t)
	for name, tt := range map[string]struct {
		// happens is what happens to db during the pull.
		happens func(k *testKubelet, db kubecontainer.ContainerID)
		// want are the calls at the end of the pull, and then those after db is ready again.
		want, then []string
	}{
		"nothing happens": {
			happens: func(*testKubelet, kubecontainer.ContainerID) {}, want: []string{"create app", "start app"},
		},
		"no longer ready": {
			happens: func(k *testKubelet, db kubecontainer.ContainerID) { k.readyNow.Set(db, proberesults.Failure, nil) },
			then:    []string{"create app", "start app"},
		},
		"exits": {
			happens: func(k *testKubelet, db kubecontainer.ContainerID) { k.runtime.exit(db.ID, 1) },
			want:    []string{"create db", "start db"}, then: []string{"create app", "start app"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := podOf("app", "db").with("db", ready).says("app", appWaitsForDB).with("app", image("app:1", v1.PullAlways)).Pod
				k.images.pull = func(context.Context, string) error {
					time.Sleep(time.Minute)
					return nil
				}
				k.settle(t, pod)
				k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
				k.settle(t, pod)
				k.runtime.verbs()
				time.Sleep(time.Second)
				tt.happens(k, k.id(t, "db"))
				time.Sleep(time.Minute)
				k.settle(t, pod)
				if diff := cmp.Diff(tt.want, k.runtime.verbs(), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("calls when the image is pulled (-want +got):\n%s", diff)
				}
				k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
				for range 3 {
					k.settle(t, pod)
					time.Sleep(time.Minute)
				}
				if diff := cmp.Diff(tt.then, k.runtime.verbs(), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("calls when db is ready again (-want +got):\n%s", diff)
				}
				if failures := k.warnings(); len(failures) > 0 {
					t.Errorf("warnings: %v", failures)
				}
			})
		})
	}
}

// The restart of a native sidecar, which upstream does within a sync, closes the gate until its postStart hook has ended.
func TestDependencyGateClosesWhileANativeSidecarRestarts(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app").native("proxy").with("proxy", postStart).says("app", `{"dependsOn":[{"container":"proxy"}]}`).
			with("app", image("app:1", v1.PullAlways)).Pod
		k.images.pull = func(context.Context, string) error {
			time.Sleep(time.Minute)
			return nil
		}
		k.settle(t, pod)
		time.Sleep(time.Second)
		k.settle(t, pod)
		k.runtime.verbs()
		k.runtime.exit(k.id(t, "proxy").ID, 1)
		var hookEnded, created time.Time
		k.runtime.serve = func(_ context.Context, call criCall, _ string) error {
			switch call.String() {
			case "postStart proxy":
				time.Sleep(2 * time.Minute)
				hookEnded = time.Now()
			case "create app":
				created = time.Now()
			}
			return nil
		}
		for range 4 {
			k.settle(t, pod)
			time.Sleep(time.Minute)
		}
		want := []string{"create proxy", "start proxy", "postStart proxy", "create app", "start app"}
		if diff := cmp.Diff(want, k.runtime.verbs()); diff != "" || created.Before(hookEnded) {
			t.Errorf("calls, app %s after the end of the hook (-want +got):\n%s", created.Sub(hookEnded), diff)
		}
	})
}

// A Sidecar whose image is still being pulled when the pod is complete is not started any more.
func TestDependencySidecarIsPulledUntilThePodIsComplete(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("work", "log").policy(v1.RestartPolicyNever).
			with("log", restarts(v1.ContainerRestartPolicyAlways)).with("log", image("log:1", v1.PullAlways)).
			says("log", `{"type":"Sidecar","dependsOn":[{"container":"work","condition":"Started"}]}`).Pod
		k.images.pull = func(context.Context, string) error {
			time.Sleep(time.Minute)
			return nil
		}
		k.settle(t, pod)
		time.Sleep(10 * time.Second)
		k.settle(t, pod)
		k.runtime.exit(k.id(t, "work").ID, 0)
		k.runtime.verbs()
		time.Sleep(2 * time.Minute)
		if diff := cmp.Diff([]string(nil), k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// A pod that is to be stopped gets no container any more, although its stop has not begun: the image may be pulled meanwhile.
func TestDependencyStartInAPodThatIsToBeStopped(t *testing.T) {
	withoutErrorHandlers(t)
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app").says("app", `{}`).with("app", image("app:1", v1.PullAlways)).Pod
		k.images.pull = func(context.Context, string) error {
			time.Sleep(time.Minute)
			return nil
		}
		k.settle(t, pod)
		k.states.terminating.Store(true)
		time.Sleep(2 * time.Minute)
		if diff := cmp.Diff([]string{"run #0"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if warnings := k.warnings(); len(warnings) > 0 {
			t.Errorf("warnings: %v", warnings)
		}
	})
}
