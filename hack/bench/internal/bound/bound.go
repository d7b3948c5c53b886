// SPDX-License-Identifier: Apache-2.0

// Package bound tells how fast a pod could start at best on the machine that was measured.
package bound

import (
	"time"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
	"kubelet-ordering/hack/bench/internal/stat"
)

// Runtime is what the container runtime takes without a kubelet, in seconds.
type Runtime struct {
	// One container's creation and start in a sandbox that is there.
	One float64
	// Concurrent is, for a number of containers that are created and started all at once in a new sandbox, the time from the
	// creation of the sandbox to the start of the last container.
	Concurrent map[int]float64
}

// Of takes the medians of a run.
func Of(r result.Run) Runtime {
	runtime := Runtime{Concurrent: map[int]float64{}}
	for _, s := range r.Samples {
		if n, ok := result.RuntimeContainers(s.Case); ok && s.Subject == result.Runtime {
			if values := r.Values(result.Runtime, s.Case, result.Start); len(values) > 0 {
				runtime.Concurrent[n] = stat.Of(values).Median
			}
		}
	}
	runtime.One = stat.Of(r.Values(result.Runtime, result.RuntimeCase(1), result.One)).Median
	return runtime
}

// Start is the lower bound of the case's start, in seconds:
//
//	max(sandbox + path, concurrent(n))
//
// where sandbox is what a new sandbox takes until containers can be created in it, concurrent(1) - one; path is the longest
// path through the order, one start for each container on it and the warm-ups of all but its last; and n is the number of
// containers of the pod. No kubelet can be faster by the first, as a container cannot be started before what it waits for is
// warm; nor by the second, as the runtime is asked for all containers at the earliest moment there. (It is a bound as far as a
// median is: a single start may be luckier.) It is false when the runtime was not measured for that many containers.
func (r Runtime) Start(c shape.Case) (seconds float64, known bool) {
	concurrent, known := r.Concurrent[len(c.Nodes())]
	first, base := r.Concurrent[1]
	if !known || !base || r.One == 0 {
		return 0, false
	}
	sandbox := max(first-r.One, 0)
	one := time.Duration(r.One * float64(time.Second))
	return max(sandbox+c.Path(one).Seconds(), concurrent), true
}

// Staged is what a start takes, in seconds, of which each stage is as fast as the runtime starts so many containers at once:
//
//	sandbox + for each stage (concurrent(its containers) - sandbox + its warm-up)
//
// It is what Start leaves out: a container that waits for sixteen starts after all sixteen, and these share the machine. It is
// false when the runtime was not measured for one of the stages.
func (r Runtime) Staged(c shape.Case) (seconds float64, known bool) {
	first, base := r.Concurrent[1]
	if !base || r.One == 0 {
		return 0, false
	}
	sandbox := max(first-r.One, 0)
	total := sandbox
	for _, stage := range c.Stages() {
		concurrent, known := r.Concurrent[stage.Containers]
		if !known {
			return 0, false
		}
		total += concurrent - sandbox + stage.WarmUp.Seconds()
	}
	return total, true
}
