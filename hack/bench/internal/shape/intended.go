// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// IntendedEnds returns when the containers of a pod end, relative to the begin of its stop, if each uses up its stop limit. It returns
// nil for a pod without an order.
func IntendedEnds(pod *v1.Pod) (map[string]time.Duration, error) {
	graph, err := dependency.ForPod(pod, nil)
	if err != nil || graph == nil {
		return nil, err
	}
	period := time.Duration(graph.Plan().GracePeriodSeconds) * time.Second
	ends := map[string]time.Duration{}
	for _, c := range graph.StopSchedule(period, period, func(string) bool { return true }).Containers {
		ends[c.Name] = c.Ended()
	}
	return ends, nil
}
