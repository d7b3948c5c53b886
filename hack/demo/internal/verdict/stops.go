// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kubelet-ordering/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// stops checks each container that was stopped: all its dependents must have exited before. If the log does not show when the kubelet
// began to stop a container, its exit, which comes later, stands in. That proves less, and the text says so.
func stops(pod *facts.Pod, graph *dependency.Graph) Finding {
	f := Finding{OK: true}
	var order []string
	pairs, byExit := 0, 0
	for _, c := range stopped(pod) {
		run := c.Last()
		told := moment(run)
		if run.Told.IsZero() {
			byExit++
		}
		order = append(order, fmt.Sprintf("%s %s", c.Name, at(pod, told)))
		for _, name := range graph.StopsAfter(c.Name) {
			other := pod.Container(name)
			if other.Last() == nil || other.Last().Started.IsZero() {
				continue
			}
			pairs++
			if end := other.Last().Finished; end.IsZero() || end.After(told) {
				f.OK = false
				f.Details = append(f.Details, fmt.Sprintf("%s was told to stop at %s, before %s had exited at %s",
					c.Name, at(pod, told), name, at(pod, end)))
			}
		}
	}
	if len(order) == 0 {
		f.Text = "stop order: nothing was stopped, all containers ended by themselves"
		return f
	}
	f.Text = fmt.Sprintf("stop order: %d of %d held: %s", pairs-len(f.Details), pairs, strings.Join(order, ", "))
	if byExit > 0 {
		f.Text += fmt.Sprintf(" (%d by the exit alone: the kubelet's log did not show when they were told)", byExit)
	}
	return f
}

// stopped returns the containers that did not exit by themselves, in the order in which the kubelet stopped them. If the log shows no
// stop at all, it takes each Sidecar that exited after the last Standard container for stopped.
func stopped(pod *facts.Pod) []*facts.Container {
	var last time.Time
	seen := false
	for _, c := range pod.Containers {
		if c.Role == string(dependency.Standard) && c.Last() != nil && c.Last().Finished.After(last) {
			last = c.Last().Finished
		}
		seen = seen || (c.Last() != nil && !c.Last().Told.IsZero())
	}
	var found []*facts.Container
	for _, c := range pod.Containers {
		run := c.Last()
		switch {
		case run == nil || run.Started.IsZero():
		case !run.Told.IsZero(), !seen && c.Role != string(dependency.Standard) && run.Finished.After(last):
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b *facts.Container) int {
		return moment(a.Last()).Compare(moment(b.Last()))
	})
	return found
}

func moment(r *facts.Run) time.Time {
	if r.Told.IsZero() {
		return r.Finished
	}
	return r.Told
}
