// SPDX-License-Identifier: Apache-2.0

// Package report writes the results of a run as Markdown, as a picture, and in Go's benchmark format.
package report

import (
	"slices"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
)

// Row has the results of one pod, in seconds.
type Row struct {
	Case shape.Case
	// Bound is the lower bound of the start, or 0 if it is not known.
	Bound          float64
	Ours, Pristine Found
}

// Found has the results of a pod on one kubelet.
type Found struct {
	Start, Stop Summary
	// Off is the difference between the intended and the actual stop.
	Off Summary
	// Together reports whether the pod ran at the same time as others.
	Together bool
}

// Rows returns the rows of a run, without pods whose start was not measured.
func Rows(r result.Run) []Row {
	runtime := runtimeOf(r)
	var rows []Row
	for _, c := range r.Cases {
		row := Row{
			Case: c, Bound: runtime.bound(c),
			Ours: found(r, result.Ours, c.Name()), Pristine: found(r, result.Pristine, c.Name()),
		}
		if row.Ours.Start.N+row.Pristine.Start.N > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// split separates the rows of pods whose start matters from the Deaf ones, of which only the stop does.
func split(rows []Row) (starts, deaf []Row) {
	for _, row := range rows {
		if row.Case.Kind == shape.Deaf {
			deaf = append(deaf, row)
		} else {
			starts = append(starts, row)
		}
	}
	return starts, deaf
}

func found(r result.Run, subject result.Subject, name string) Found {
	f := Found{
		Start: Summarize(r.Values(subject, name, result.Start)),
		Stop:  Summarize(r.Values(subject, name, result.Stop)),
		Off:   Summarize(r.Values(subject, name, result.StopOff)),
	}
	f.Together = slices.ContainsFunc(r.Samples, func(s result.Sample) bool { return s.Subject == subject && s.Case == name && s.Together })
	return f
}
