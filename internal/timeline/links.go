// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"kubelet-ordering/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// links finds, for each container that has started, the dependency that was met last and so triggered the start.
func links(pod *facts.Pod, graph *dependency.Graph) []Link {
	if graph == nil {
		return nil
	}
	var found []Link
	for to, c := range pod.Containers {
		start := c.FirstStart()
		if start.IsZero() {
			continue
		}
		if last, held := pod.LastHeld(graph.WaitsFor(c.Name)); held.Known() {
			at := start.Sub(pod.Begin)
			found = append(found, Link{From: pod.Index(last.Container), To: to, Held: min(held.Latest.Sub(pod.Begin), at), At: at})
		}
	}
	return found
}
