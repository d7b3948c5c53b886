// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"context"
	"errors"

	"k8s.io/kubernetes/test/e2e/framework"
)

const (
	waitDurationCount  = "kubelet_container_dependency_wait_duration_seconds_count"
	stageDurationCount = "kubelet_container_dependency_stop_stage_duration_seconds_count"
	blockedContainers  = "kubelet_container_dependency_blocked_containers"
	podsWithOrder      = "kubelet_container_dependency_pods"
	heldPods           = "kubelet_container_dependency_held_pods_total"
	failedDependencies = "kubelet_container_dependency_failures_total"
	exceededStopLimits = "kubelet_container_dependency_exceeded_stop_limits_total"
)

// kubeletMetric returns a function that returns the value of a kubelet metric, or 0 if the metric does not exist yet.
func kubeletMetric(name string, labels map[string]string) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		metrics, err := getKubeletMetrics(ctx)
		if err != nil {
			return 0, err
		}
		value, err := getCounterMetricValue(metrics, name, labels)
		if errors.Is(err, ErrMetricNotFound) {
			return 0, nil
		}
		return value, err
	}
}

func metricNow(ctx context.Context, metric func(context.Context) (float64, error)) float64 {
	value, err := metric(ctx)
	framework.ExpectNoError(err, "read the kubelet's metrics")
	return value
}
