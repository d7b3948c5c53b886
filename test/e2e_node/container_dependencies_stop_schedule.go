// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"slices"
	"time"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

// stopTimes are those of one container in a stop, since its beginning.
type stopTimes struct {
	Told, Ended time.Duration
}

// stopSchedule is when each of the containers that run is told to stop and has ended in a stop of that period, if none of them
// ends by itself.
func stopSchedule(graph *dependency.Graph, period time.Duration, running []string) map[string]stopTimes {
	schedule := map[string]stopTimes{}
	if period <= time.Second {
		// There is no time for an order.
		for _, name := range running {
			schedule[name] = stopTimes{Ended: period}
		}
		return schedule
	}
	for len(schedule) < len(running) {
		for _, name := range running {
			var told time.Duration
			ready := true
			for _, other := range graph.StopsAfter(name) {
				if !slices.Contains(running, other) {
					continue
				}
				times, known := schedule[other]
				ready = ready && known
				told = max(told, times.Ended)
			}
			if ready {
				limit := graph.StopLimit(name, period-told, func(other string) bool { return slices.Contains(running, other) })
				schedule[name] = stopTimes{Told: told, Ended: told + limit}
			}
		}
	}
	return schedule
}
