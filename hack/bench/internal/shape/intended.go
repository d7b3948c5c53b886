// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// IntendedEnds are when the containers of a pod that has an order are to end, from the moment its stop begins, when each takes
// all the time that it is given. They are empty for a pod without an order.
func IntendedEnds(pod *v1.Pod) (map[string]time.Duration, error) {
	graph, err := dependency.ForPod(pod, nil)
	if err != nil || graph == nil {
		return nil, err
	}
	runs := map[string]bool{}
	for _, stage := range graph.StopStages(func(string) bool { return true }) {
		for _, name := range stage {
			runs[name] = true
		}
	}
	running := func(name string) bool { return runs[name] }
	period, passed := time.Duration(graph.Plan().GracePeriodSeconds)*time.Second, time.Duration(0)
	ends := map[string]time.Duration{}
	for len(runs) > 0 {
		var longest time.Duration
		stage := graph.StopStages(running)[0]
		for _, name := range stage {
			limit := graph.StopLimit(name, period-passed, running)
			ends[name] = passed + limit
			longest = max(longest, limit)
		}
		for _, name := range stage {
			delete(runs, name)
		}
		passed += longest
	}
	return ends, nil
}
