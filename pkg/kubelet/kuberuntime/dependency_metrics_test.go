// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
	basemetrics "k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/testutil"

	"k8s.io/kubernetes/pkg/kubelet/metrics"
)

// failureModes returns the values of the metrics of what goes wrong, and how many pods have an order.
func failureModes(t *testing.T) map[string]float64 {
	values := map[string]float64{}
	read := func(name string, value float64, err error) {
		if err != nil {
			t.Fatal(err)
		}
		values[name] = value
	}
	value, err := testutil.GetGaugeMetricValue(metrics.DependencyPods)
	read("pods", value, err)
	for name, counter := range map[string]basemetrics.CounterMetric{
		"held": metrics.DependencyHeldPodsTotal, "failed": metrics.DependencyFailuresTotal, "exceeded": metrics.DependencyExceededStopLimitsTotal,
	} {
		value, err := testutil.GetCounterMetricValue(counter)
		read(name, value, err)
	}
	return values
}

// Each failure is counted once, however often the pod is synced.
func TestDependencyFailureModesAreCounted(t *testing.T) {
	for name, tt := range map[string]struct {
		pod  podBuilder
		life func(k *testKubelet, pod podBuilder, sync func())
		want map[string]float64
	}{
		"nothing goes wrong": {pod: podOf("app", "db").says("app", appWaitsForDB), life: func(*testKubelet, podBuilder, func()) {},
			want: map[string]float64{"pods": 1}},
		"no order": {pod: podOf("app", "db"), life: func(*testKubelet, podBuilder, func()) {}, want: map[string]float64{"pods": 0}},
		"held, wrong in another way, corrected, held again": {pod: podOf("app", "db").says("app", `no`),
			life: func(k *testKubelet, pod podBuilder, sync func()) {
				pod.says("app", `{"dependsOn":[{"container":"absent"}]}`)
				sync()
				pod.says("app", `{"type":"Sidecar"}`)
				sync()
				k.runtime.lose("pod_test_uid_0")
				pod.says("app", `no`)
				sync()
			}, want: map[string]float64{"pods": 1, "held": 2}},
		"a dependency fails": {pod: podOf("app", "db").says("app", appNeedsDBDone).with("db", restarts(v1.ContainerRestartPolicyNever)),
			life: func(k *testKubelet, _ podBuilder, sync func()) {
				k.runtime.exitNamed("db", 3)
				sync()
			}, want: map[string]float64{"pods": 1, "failed": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// The gauge is that of the last runtime manager that set it.
				metrics.DependencyPods.Set(0)
				before := failureModes(t)
				k := newTestKubelet(t, newRecordingRuntime())
				sync := func() {
					for range 3 {
						k.sync(t, tt.pod.Pod)
						synctest.Wait()
					}
				}
				sync()
				tt.life(k, tt.pod, sync)
				got := map[string]float64{"pods": failureModes(t)["pods"]}
				for name, value := range failureModes(t) {
					if value != before[name] {
						got[name] = value - before[name]
					}
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("metrics (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Each kill at a limit is counted. The pod counts as one with an order until the kubelet cleans up.
func TestDependencyExceededLimitsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, deafRuntime())
		pod := deafPod(3, 10)
		k.up(t, pod)
		before := failureModes(t)
		if err := k.stop(t, pod.Pod, nil); err != nil {
			t.Error(err)
		}
		k.states.removed.Store(true)
		time.Sleep(2 * prunePeriod)
		k.ForgetGonePods()
		after := failureModes(t)
		got := map[string]float64{"exceeded": after["exceeded"] - before["exceeded"], "pods": after["pods"] - before["pods"]}
		if diff := cmp.Diff(map[string]float64{"exceeded": 3, "pods": -1}, got); diff != "" {
			t.Errorf("metrics (-want +got):\n%s", diff)
		}
	})
}
