// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"fmt"
	"time"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// maxGraceSeconds is the longest grace period that is looked at.
const maxGraceSeconds = 1 << 31

// period is the pod's grace period.
func (c *checked) period() time.Duration {
	return time.Duration(min(c.Graph.Plan().GracePeriodSeconds, maxGraceSeconds)) * time.Second
}

func every(string) bool { return true }

// graces finds grace periods that are too short for the stages of the stop.
var graces = rule{Rule{"grace-period-too-short", "The stages of the stop do not fit into the grace period."},
	func(c *checked) []Problem {
		stages, period := len(c.Graph.StopStages(every)), c.period()
		needs := time.Duration(stages) * dependency.StopFloor
		if stages < 2 || period >= needs {
			return nil
		}
		return []Problem{{Path: "spec.terminationGracePeriodSeconds", Message: fmt.Sprintf(
			"the pod stops in %d stages of at least %v each, and has %v: raise terminationGracePeriodSeconds to %d or more, or let fewer "+
				"containers wait for one another", stages, dependency.StopFloor, period, int(needs.Seconds()))}}
	},
}

// hooks finds preStop hooks that sleep for longer than their container has to stop.
var hooks = rule{Rule{"hook-too-long", "A preStop hook sleeps for longer than its container has to stop."},
	func(c *checked) []Problem {
		var found []Problem
		period := c.period()
		schedule := c.Graph.StopSchedule(period, period, every)
		for _, l := range all(c.Pod) {
			if l.Lifecycle == nil || l.Lifecycle.PreStop == nil || l.Lifecycle.PreStop.Sleep == nil {
				continue
			}
			sleep := time.Duration(min(l.Lifecycle.PreStop.Sleep.Seconds, maxGraceSeconds)) * time.Second
			limit := schedule.LimitNow(l.Name)
			if c.Graph.HookAtTermination(l.Name) {
				limit = period
			}
			if sleep >= limit {
				found = append(found, Problem{Path: l.path + ".lifecycle.preStop.sleep.seconds", Message: fmt.Sprintf(
					"the preStop hook of %q sleeps for %v, and the container has at most %v to stop: sleep for less, raise "+
						"terminationGracePeriodSeconds or its stopTimeoutSeconds", l.Name, sleep, limit)})
			}
		}
		return found
	},
}
