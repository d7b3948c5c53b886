// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"strings"
	"time"

	"kubelet-ordering/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// slack is the time that the runtime may take to kill a container after its limit.
const slack = time.Second

// limits checks how long each container took to stop against its stop limit: what was left of the pod's grace period at that time, less
// what the containers after it need, or its own limit. It returns nothing if the log shows no stop of a container.
func limits(pod *facts.Pod, graph *dependency.Graph) []Finding {
	f := Finding{OK: true}
	var kept []string
	period := time.Duration(graph.Plan().GracePeriodSeconds) * time.Second
	var began time.Time
	for _, c := range stopped(pod) {
		run := c.Last()
		if began.IsZero() {
			began = run.Told
		}
		if run.Told.IsZero() || run.Finished.IsZero() {
			continue
		}
		left := period - run.Told.Sub(began)
		limit := graph.StopSchedule(period, left, func(name string) bool { return pod.Container(name).RanAt(run.Told) }).LimitNow(c.Name)
		took := run.Finished.Sub(run.Told)
		kept = append(kept, fmt.Sprintf("%s %.1f of %.1f s", c.Name, took.Seconds(), limit.Seconds()))
		if took > limit+slack {
			f.OK = false
			f.Details = append(f.Details, fmt.Sprintf("%s took %.1f s to stop and had %.1f s", c.Name, took.Seconds(), limit.Seconds()))
		}
	}
	if len(kept) == 0 {
		return nil
	}
	f.Text = fmt.Sprintf("stop limits: %d of %d kept: %s", len(kept)-len(f.Details), len(kept), strings.Join(kept, ", "))
	return []Finding{f}
}
