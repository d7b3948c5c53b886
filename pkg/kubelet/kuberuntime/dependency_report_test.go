// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"maps"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	kubetypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/component-base/metrics/testutil"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/metrics"
	proberesults "k8s.io/kubernetes/pkg/kubelet/prober/results"
)

// The begin and the end of a wait each cause one event, whatever happens in between.
func TestDependencyWaitEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appWaitsForDB).with("db", ready)
		for range 5 {
			k.sync(t, pod.Pod)
			synctest.Wait()
			time.Sleep(time.Second)
		}
		want := []string{`Normal WaitingForDependencies waiting for "db" to be Ready (not created)`}
		if diff := cmp.Diff(want, k.eventsOf("WaitingForDependencies")); diff != "" {
			t.Errorf("events of the wait (-want +got):\n%s", diff)
		}

		// Another process does not repeat the event of a wait that the last status shows, but reports the end of that
		// wait.
		k = newTestKubelet(t, k.runtime)
		pod.Status.ContainerStatuses = []v1.ContainerStatus{{Name: "app", State: v1.ContainerState{
			Waiting: &v1.ContainerStateWaiting{Reason: "WaitingForDependencies"}}}}
		k.sync(t, pod.Pod)
		synctest.Wait()
		if events := k.eventsOf("WaitingForDependencies"); len(events) > 0 {
			t.Errorf("repeated events after a restart of the kubelet: %q", events)
		}
		time.Sleep(2 * time.Second)
		k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
		for range 3 {
			k.sync(t, pod.Pod)
			synctest.Wait()
		}
		if diff := cmp.Diff([]string{"Normal DependenciesSatisfied Dependencies satisfied after 2s"},
			k.eventsOf("DependenciesSatisfied")); diff != "" {
			t.Errorf("events of the end (-want +got):\n%s", diff)
		}
	})
}

// A container that can never start causes one event.
func TestDependencyUnreachableEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appNeedsDBDone).with("db", restarts(v1.ContainerRestartPolicyNever))
		k.sync(t, pod.Pod)
		synctest.Wait()
		k.runtime.exitNamed("db", 3)
		for range 3 {
			time.Sleep(time.Second)
			k.sync(t, pod.Pod)
			synctest.Wait()
		}
		if events := k.eventsOf("DependencyFailed"); len(events) != 1 {
			t.Errorf("events %q, want one", events)
		}
	})
}

// A failed pod loses its sandbox. That is not the cause of the failure, and fails no Sidecar that has run.
func TestDependencyFailureEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "agent", "certs").policy(v1.RestartPolicyNever).
			says("app", `{"dependsOn":[{"container":"certs","condition":"Succeeded"}]}`).
			says("agent", `{"type":"Sidecar"}`).with("agent", restarts(v1.ContainerRestartPolicyAlways))
		report := func() *PodOrder {
			order := k.PodOrder(silence(), pod.Pod, k.status(t, pod.Pod))
			k.ReportFailure(silence(), pod.Pod, order)
			return order
		}
		for range 3 {
			k.sync(t, pod.Pod)
			synctest.Wait()
		}
		k.runtime.exitNamed("certs", 1)
		time.Sleep(time.Second)
		before := report()
		k.sync(t, pod.Pod)
		synctest.Wait()
		after := report()
		if hasReadySandbox(k.status(t, pod.Pod)) || before.Decisions.Failed == "" || before.Decisions.Failed != after.Decisions.Failed {
			t.Errorf("the failure is %q, and %q without the sandbox, want the same", before.Decisions.Failed, after.Decisions.Failed)
		}
		if got := k.eventsOf("DependencyFailed"); len(got) != 1 {
			t.Errorf("events %q, want that of app", got)
		}
	})
}

// The gauge counts the containers that are held back, and goes down again however the wait ends.
func TestDependencyBlockedContainersGauge(t *testing.T) {
	blocked := func() float64 {
		value, err := testutil.GetGaugeMetricValue(metrics.DependencyBlockedContainers)
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	for name, end := range map[string]func(k *testKubelet, pod podBuilder){
		"satisfied": func(k *testKubelet, pod podBuilder) {
			k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
			k.sync(t, pod.Pod)
		},
		"can never start": func(k *testKubelet, pod podBuilder) {
			k.runtime.exitNamed("db", 1)
			k.sync(t, pod.Pod)
		},
		"pod stopped": func(k *testKubelet, pod podBuilder) {
			if err := k.stop(t, pod.Pod, nil); err != nil {
				t.Error(err)
			}
		},
		"sandbox lost": func(k *testKubelet, pod podBuilder) {
			k.runtime.lose("pod_test_uid_0")
			pod.says("app", `no`)
			k.sync(t, pod.Pod)
		},
		"pod gone without a stop": func(k *testKubelet, _ podBuilder) {
			k.states.removed.Store(true)
			time.Sleep(2 * prunePeriod)
			other := podOf("app").says("app", `{}`)
			other.UID, other.Name = "other", "other"
			k.sync(t, other.Pod)
		},
		"restart of all containers": func(k *testKubelet, pod podBuilder) {
			k.SyncPod(silence(), pod.Pod, k.status(t, pod.Pod), nil, k.backOff, true)
			k.sync(t, pod.Pod)
			synctest.Wait()
			k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
			k.sync(t, pod.Pod)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newTestKubelet(t, newRecordingRuntime())
				pod := podOf("app", "db", "other").says("app", appWaitsForDB).with("db", ready).with("db", restarts(v1.ContainerRestartPolicyNever))
				before := blocked()
				for range 2 {
					k.sync(t, pod.Pod)
					synctest.Wait()
				}
				if got := blocked() - before; got != 1 {
					t.Errorf("%g containers are held back, want 1", got)
				}
				end(k, pod)
				synctest.Wait()
				if got := blocked() - before; got != 0 {
					t.Errorf("%g containers are held back at the end, want none", got)
				}
			})
		})
	}
}

// The histogram observes each condition that becomes true, with the time that it took.
func TestDependencyWaitDurationMetric(t *testing.T) {
	seconds := func(condition string) float64 {
		value, err := testutil.GetHistogramMetricValue(metrics.DependencyWaitDuration.WithLabelValues(condition))
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	synctest.Test(t, func(t *testing.T) {
		before := map[string]float64{"Ready": seconds("Ready"), "Succeeded": seconds("Succeeded")}
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db", "setup").policy(v1.RestartPolicyOnFailure).with("db", ready).
			says("app", `{"dependsOn":[{"container":"db"},{"container":"setup","condition":"Succeeded"}]}`)
		sync := func() { k.sync(t, pod.Pod); synctest.Wait() }
		sync()
		time.Sleep(3 * time.Second)
		k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
		sync()
		time.Sleep(4 * time.Second)
		k.runtime.exitNamed("setup", 0)
		sync()
		got := map[string]float64{}
		for condition := range before {
			// Other tests have added to the histogram's sum, which is a float.
			got[condition] = math.Round((seconds(condition)-before[condition])*1000) / 1000
		}
		if diff := cmp.Diff(map[string]float64{"Ready": 3, "Succeeded": 7}, got); diff != "" {
			t.Errorf("seconds by condition (-want +got):\n%s", diff)
		}
	})
}

// Only the records of pods that are gone are dropped.
func TestDependencyPrune(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r podRecords
		for _, uid := range []kubetypes.UID{"gone", "here", "gone, a start in flight"} {
			r.pod(uid)
		}
		busy := r.pod("gone, a start in flight").container("app")
		start := busy.begin(&r, false, true)
		gone := func(uid kubetypes.UID) bool { return uid != "here" }
		r.prune(gone)
		want := []kubetypes.UID{"gone, a start in flight", "here"}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(r.pods))); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		busy.end(start, nil)
		r.prune(gone)
		if len(r.pods) != 2 {
			t.Error("pruned again within a minute")
		}
		time.Sleep(prunePeriod)
		r.prune(gone)
		if diff := cmp.Diff([]kubetypes.UID{"here"}, slices.Sorted(maps.Keys(r.pods))); diff != "" {
			t.Errorf("records a minute later (-want +got):\n%s", diff)
		}
	})
}

// A sync that holds containers back has a result, so that the pod worker does not wait for the next relist.
func TestDependencyWaitHasAResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app", "db").says("app", appWaitsForDB).with("db", ready)
		k.sync(t, pod.Pod)
		synctest.Wait()
		k.sync(t, pod.Pod)
		synctest.Wait()
		result := k.sync(t, pod.Pod)
		waits := func(r *kubecontainer.SyncResult) bool { return r.Action == WaitForDependencies && r.Error == nil }
		if !slices.ContainsFunc(result.SyncResults, waits) {
			t.Errorf("results %v, want one of the action WaitForDependencies", result.SyncResults)
		}
		k.readyNow.Set(k.id(t, "db"), proberesults.Success, nil)
		k.sync(t, pod.Pod)
		synctest.Wait()
		k.sync(t, pod.Pod)
		if result := k.sync(t, pod.Pod); len(result.SyncResults) > 0 {
			t.Errorf("results of a pod with nothing to do: %v", result.SyncResults)
		}
	})
}
