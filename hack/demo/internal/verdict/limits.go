// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"strings"
	"time"

	"kubelet-ordering/hack/demo/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// slack is what the runtime may take to kill a container when its limit has passed.
const slack = time.Second

// limits looks at how long each container took to stop from when it was told to, and at how long it had by the order: what was left
// of the pod's period at that time, less what those after it need, or its own limit. There is nothing to say of a pod none of
// whose containers was seen to be told.
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
