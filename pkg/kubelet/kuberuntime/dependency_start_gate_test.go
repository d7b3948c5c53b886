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
