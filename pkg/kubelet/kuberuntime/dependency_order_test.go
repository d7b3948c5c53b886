// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

const (
	appAfterDB     = `{"dependsOn":[{"container":"db","condition":"Started"}]}`
	appWaitsForDB  = `{"dependsOn":[{"container":"db"}]}`
	appNeedsDBDone = `{"dependsOn":[{"container":"db","condition":"Succeeded"}]}`
)

// The order in force is the one pinned to the sandbox, whatever the pod's annotations say now.
func TestDependencyOrderInForce(t *testing.T) {
	ordered := func() podBuilder { return podOf("app", "db").says("app", appWaitsForDB).with("db", ready) }
	for name, tt := range map[string]struct {
		pod podBuilder
		// then changes something after the first sync.
		then func(k *testKubelet, pod podBuilder)
		// first and second are the calls of the two syncs.
		first, second []string
	}{
		"annotation edited": {
			pod:   ordered(),
			then:  func(_ *testKubelet, pod podBuilder) { pod.says("app", `{}`) },
			first: []string{"run #0", "create db", "start db"},
		},
		"annotation removed": {
			pod:   ordered(),
			then:  func(_ *testKubelet, pod podBuilder) { pod.Annotations = nil },
			first: []string{"run #0", "create db", "start db"},
		},
		"annotation made invalid": {
			pod:   ordered(),
			then:  func(_ *testKubelet, pod podBuilder) { pod.says("app", `no`) },
			first: []string{"run #0", "create db", "start db"},
		},
		"annotation edited, and the sandbox is lost": {
			pod: ordered(),
			then: func(k *testKubelet, pod podBuilder) {
				pod.says("app", `{}`)
				k.runtime.lose("pod_test_uid_0")
			},
			first:  []string{"run #0", "create db", "start db"},
			second: []string{"halt #0", "run #1", "create app", "create db", "start app", "start db"},
		},
		"annotation made invalid, and the sandbox is lost": {
			pod: ordered(),
			then: func(k *testKubelet, pod podBuilder) {
				pod.says("app", `no`)
				k.runtime.lose("pod_test_uid_0")
			},
			first:  []string{"run #0", "create db", "start db"},
			second: []string{"halt #0"},
		},
		"annotation added to a pod that runs without an order": {
			pod: podOf("app", "db").with("db", ready),
			then: func(k *testKubelet, pod podBuilder) {
				pod.says("app", appWaitsForDB)
				k.runtime.exitNamed("app", 1)
				k.runtime.exitNamed("db", 1)
			},
			first:  []string{"run #0", "create app", "start app", "create db", "start db"},
			second: []string{"create app", "start app", "create db", "start db"},
		},
		"pin of another pod": {
			pod: ordered(),
			then: func(k *testKubelet, _ podBuilder) {
				k.runtime.repin("pod_test_uid_0", `{"podUID":"other","containers":[{"name":"app","lifecycle":`+appWaitsForDB+`},{"name":"db"}]}`)
			},
			first: []string{"run #0", "create db", "start db"},
			// A sandbox whose plan cannot be parsed has no order.
			second: []string{"create app", "start app"},
		},
		"pin supplied by the user": {
			pod:  podOf("app").says("pinned.plan", `{"podUID":"uid","containers":[{"name":"app"}]}`),
			then: func(*testKubelet, podBuilder) {},
		},
		"complete by the pinned plan, and edited: no new sandbox": {
			pod: podOf("app", "proxy").policy(v1.RestartPolicyOnFailure).says("proxy", `{"type":"Sidecar"}`),
			then: func(k *testKubelet, pod podBuilder) {
				delete(pod.Annotations, ordering.PinnedPlanAnnotation)
				k.sync(t, pod.Pod)
				synctest.Wait()
				k.runtime.verbs()
				k.runtime.exitNamed("app", 0)
				k.runtime.lose("pod_test_uid_0")
				pod.Annotations = nil
			},
			first:  []string{"run #0", "create proxy", "start proxy"},
			second: []string{"halt #0"},
		},
		"failed by the pinned plan, and edited: no new sandbox": {
			pod: podOf("app", "db").policy(v1.RestartPolicyOnFailure).says("app", appNeedsDBDone).
				with("db", restarts(v1.ContainerRestartPolicyNever)),
			then: func(k *testKubelet, pod podBuilder) {
				k.runtime.exitNamed("db", 1)
				k.runtime.lose("pod_test_uid_0")
				pod.Annotations = nil
			},
			first:  []string{"run #0", "create db", "start db"},
			second: []string{"halt #0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				k.sync(t, tt.pod.Pod)
				synctest.Wait()
				first := k.runtime.verbs()
				time.Sleep(time.Minute)
				tt.then(k, tt.pod)
				k.runtime.verbs()
				k.sync(t, tt.pod.Pod)
				synctest.Wait()
				if diff := cmp.Diff([2][]string{sorted(tt.first), sorted(tt.second)},
					[2][]string{sorted(first), sorted(k.runtime.verbs())}); diff != "" {
					t.Errorf("calls of the two syncs (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// lose makes a sandbox stop by itself, like a crash.
func (r *recordingRuntime) lose(sandboxID string) {
	r.exitAll(sandboxID, 137)
	r.FakeRuntimeService.Lock()
	defer r.FakeRuntimeService.Unlock()
	r.Sandboxes[sandboxID].State = runtimeapi.PodSandboxState_SANDBOX_NOTREADY
}

// repin replaces the plan pinned to a sandbox.
func (r *recordingRuntime) repin(sandboxID, plan string) {
	r.FakeRuntimeService.Lock()
	defer r.FakeRuntimeService.Unlock()
	r.Sandboxes[sandboxID].Annotations[ordering.PinnedPlanAnnotation] = plan
}

// exitNamed ends the running containers with the name.
func (r *recordingRuntime) exitNamed(name string, code int32) {
	for _, c := range r.records() {
		if c.Metadata.Name == name {
			r.exit(c.Id, code)
		}
	}
}

// A pod whose order is only in its pinned plan may lose the sandbox while its starts end: the status that is read anew then
// shows neither, and the pod is synced as one without an order.
func TestDependencyPinnedSandboxRemovedDuringAStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appWaitsForDB).with("db", ready)
		k.sync(t, pod.Pod)
		stale := k.status(t, pod.Pod)
		synctest.Wait()
		pod.Annotations = nil
		k.runtime.FakeRuntimeService.Lock()
		clear(k.runtime.Sandboxes)
		clear(k.runtime.Containers)
		k.runtime.FakeRuntimeService.Unlock()
		k.runtime.verbs()
		if result := k.syncWith(pod.Pod, stale); result.Error() != nil {
			t.Error(result.Error())
		}
		synctest.Wait()
		want := []string{"run #0", "create app", "start app", "create db", "start db"}
		if diff := cmp.Diff(want, k.runtime.verbs()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}
