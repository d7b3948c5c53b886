// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// A graph is built once per text, and a decision is made once per observation.
func TestDependencyMemo(t *testing.T) {
	for name, tt := range map[string]struct {
		then func(k *testKubelet, pod podBuilder)
		// graph and decisions report which of them stays the same.
		graph, decisions bool
	}{
		"nothing happens": {then: func(*testKubelet, podBuilder) {}, graph: true, decisions: true},
		"the annotation is edited, but the pinned plan is in force": {
			then:  func(_ *testKubelet, pod podBuilder) { pod.says("app", `{}`) },
			graph: true, decisions: true,
		},
		"a probe answers": {
			then:  func(k *testKubelet, _ podBuilder) { k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil) },
			graph: true,
		},
		"a container exits": {
			then:  func(k *testKubelet, _ podBuilder) { k.runtime.exitNamed("db", 1) },
			graph: true,
		},
		"the sandbox is lost": {
			// The pod's own text says the same as the pinned one.
			then: func(k *testKubelet, _ podBuilder) { k.runtime.lose("pod_test_uid_0") },
		},
		"another plan is pinned to the sandbox": {
			then: func(k *testKubelet, _ podBuilder) {
				k.runtime.repin("pod_test_uid_0", `{"podUID":"uid","gracePeriodSeconds":30,"containers":[{"name":"app"},{"name":"db"}]}`)
			},
		},
		"another process": {
			then: func(k *testKubelet, _ podBuilder) { k.records = podRecords{} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := podOf("app", "db").with("db", ready).says("app", appWaitsForDB)
				k.sync(t, pod.Pod)
				synctest.Wait()
				time.Sleep(time.Second)
				look := func() *PodOrder { return k.PodOrder(silence(), pod.Pod, k.status(t, pod.Pod)) }
				before := look()
				tt.then(k, pod)
				after := look()
				if same := before.Graph == after.Graph; same != tt.graph {
					t.Errorf("the graph is the same: %t, want %t", same, tt.graph)
				}
				if same := sameDecisions(before, after); same != tt.decisions {
					t.Errorf("the decisions are the same: %t, want %t", same, tt.decisions)
				}
				if again := look(); again.Graph != after.Graph || !sameDecisions(after, again) {
					t.Error("the second call made the graph or the decisions again")
				}
			})
		})
	}
}

// sameDecisions reports whether the decisions are identical, not just equal.
func sameDecisions(a, b *PodOrder) bool {
	pointer := func(d dependency.Decisions) uintptr { return reflect.ValueOf(d.Containers).Pointer() }
	return pointer(a.Decisions) == pointer(b.Decisions)
}

// The order of a pod without a sandbox is parsed once, even if it is invalid, and again after an edit.
func TestDependencyMemoOfThePod(t *testing.T) {
	k := newTestKubelet(t, newRecordingRuntime())
	pod := podOf("app", "db").says("app", `{"dependsOn":[{"container":"absent"}]}`)
	first, second := k.ownGraph(pod.Pod), k.ownGraph(pod.DeepCopy())
	if first.invalid == nil || !errors.Is(second.invalid, first.invalid) {
		t.Errorf("the invalid order was parsed twice: %v, %v", first.invalid, second.invalid)
	}
	pod.says("app", appWaitsForDB)
	third := k.ownGraph(pod.Pod)
	if third.graph == nil || third.invalid != nil {
		t.Errorf("the edited order: %+v", third)
	}
	pod.Status.Phase = v1.PodRunning
	if fourth := k.ownGraph(pod.Pod); fourth.graph != third.graph {
		t.Error("parsed again after a change of the status")
	}
}

// decideAgain uses the last status that was read.
func TestDependencyDecidesOnTheNewestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appAfterDB)
		k.sync(t, pod.Pod)
		synctest.Wait()
		k.sync(t, pod.Pod)
		synctest.Wait()
		time.Sleep(time.Second)
		order := k.PodOrder(silence(), pod.Pod, k.status(t, pod.Pod))
		k.runtime.exitNamed("app", 1)
		k.runtime.exitNamed("db", 1)
		k.runtime.lose("pod_test_uid_0")
		if again := k.decideAgain(silence(), pod.Pod, order); again.status != order.status || !hasReadySandbox(again.status) {
			t.Error("decided on a status other than the last one read")
		}
		fresh, err := k.observeAgain(silence(), pod.Pod, order)
		if err != nil {
			t.Fatal(err)
		}
		if hasReadySandbox(fresh.status) {
			t.Error("the status was not read again")
		}
		if again := k.decideAgain(silence(), pod.Pod, fresh); again.status != fresh.status {
			t.Error("the status that was read again is lost")
		}
	})
}
