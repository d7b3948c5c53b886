// SPDX-License-Identifier: Apache-2.0

package report

import (
	"strconv"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
)

// runtime has times of the container runtime without a kubelet, in seconds.
type runtime struct {
	// one is the creation and start of one container in an existing sandbox.
	one float64
	// concurrent is, by number of containers that are created and started at once in a new sandbox, the time from the creation of the
	// sandbox to the start of the last container.
	concurrent map[int]float64
}

// runtimeOf returns the medians of a run.
func runtimeOf(r result.Run) runtime {
	found := runtime{concurrent: map[int]float64{}}
	for _, s := range r.Samples {
		if n, err := strconv.Atoi(s.Case); err == nil && s.Subject == result.Runtime {
			if values := r.Values(result.Runtime, s.Case, result.Start); len(values) > 0 {
				found.concurrent[n] = Summarize(values).Median
			}
		}
	}
	found.one = Summarize(r.Values(result.Runtime, "1", result.One)).Median
	return found
}

// bound is the lower bound of a start of the case, in seconds, if the runtime starts the containers of each stage at once:
//
//	sandbox + for each stage (concurrent(its containers) - sandbox + its warm-up)
//
// where sandbox is the time until containers can be created in a new sandbox, concurrent(1) - one. No kubelet can be faster: a container
// cannot be started before its dependencies are warm, and those of a stage share the machine. (It is a bound for medians: a single start
// may be faster.) It is 0 if the runtime was not measured for one of the stages.
func (r runtime) bound(c shape.Case) float64 {
	first, known := r.concurrent[1]
	if !known || r.one == 0 {
		return 0
	}
	sandbox := max(first-r.one, 0)
	total := sandbox
	for _, stage := range c.Stages() {
		concurrent, known := r.concurrent[stage.Containers]
		if !known {
			return 0
		}
		total += concurrent - sandbox + stage.WarmUp.Seconds()
	}
	return total
}
