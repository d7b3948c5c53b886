// SPDX-License-Identifier: Apache-2.0

package e2enode

import (
	"slices"
	"time"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
)

// stopTimes are the times of one container in a stop, since the stop began.
type stopTimes struct {
	Told, Ended time.Duration
}

// intendedStop returns the planned times of the running containers in a stop with the given grace period, if no container ends by
// itself.
func intendedStop(graph *dependency.Graph, period time.Duration, running []string) map[string]stopTimes {
	intended := map[string]stopTimes{}
	for _, c := range graph.StopSchedule(period, period, func(name string) bool { return slices.Contains(running, name) }).Containers {
		intended[c.Name] = stopTimes{Told: c.Told, Ended: c.Ended()}
	}
	return intended
}
