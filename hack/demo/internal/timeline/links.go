// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"time"

	"kubelet-ordering/hack/demo/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// links finds for each container that has started which of its edges held last: what its start came from.
func links(pod *facts.Pod, graph *dependency.Graph) []Link {
	if graph == nil {
		return nil
	}
	index := map[string]int{}
	for i, c := range pod.Containers {
		index[c.Name] = i
	}
	var found []Link
	for to, c := range pod.Containers {
		start := c.FirstStart()
		if start.IsZero() {
			continue
		}
		last, from := time.Time{}, -1
		for _, d := range graph.WaitsFor(c.Name) {
			if m := pod.Container(d.Container).First(d.Condition, pod.RestartPolicy); m.Latest.After(last) {
				last, from = m.Latest, index[d.Container]
			}
		}
		if from >= 0 {
			found = append(found, Link{From: from, To: to, Held: min(last.Sub(pod.Begin), start.Sub(pod.Begin)), At: start.Sub(pod.Begin)})
		}
	}
	return found
}
