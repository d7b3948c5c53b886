// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"time"

	"kubelet-ordering/hack/demo/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// slack is what the runtime may take to kill a container when its limit has passed.
const slack = time.Second

// limits looks at the containers that have a limit of their own to stop. There is nothing to say of a pod without any.
func limits(pod *facts.Pod, graph *dependency.Graph) []Finding {
	var findings []Finding
	for _, planned := range graph.Plan().Containers {
		if planned.Lifecycle == nil || planned.Lifecycle.StopTimeoutSeconds == nil {
			continue
		}
		c := pod.Container(planned.Name)
		if c == nil || c.Last() == nil || c.Last().Told.IsZero() || c.Last().Finished.IsZero() {
			continue
		}
		limit := time.Duration(*planned.Lifecycle.StopTimeoutSeconds) * time.Second
		took := c.Last().Finished.Sub(c.Last().Told)
		findings = append(findings, Finding{
			OK:   took <= limit+slack,
			Text: fmt.Sprintf("%s took %.1f s to stop, stopTimeoutSeconds is %d", planned.Name, took.Seconds(), *planned.Lifecycle.StopTimeoutSeconds),
		})
	}
	return findings
}
