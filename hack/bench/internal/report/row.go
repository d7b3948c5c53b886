// SPDX-License-Identifier: Apache-2.0

// Package report tells what a run has found: as Markdown, and as a picture.
package report

import (
	"slices"

	"kubelet-ordering/hack/bench/internal/bound"
	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
	"kubelet-ordering/hack/bench/internal/stat"
)

// Row is what was found of one pod, in seconds.
type Row struct {
	Case shape.Case
	// Bound is 0 when it is not known.
	Bound float64
	// Staged is the bound that counts what starts at the same time, and 0 when it is not known.
	Staged         float64
	Ours, Pristine Found
}

// lowest is the higher of the two bounds, and 0 when none is known.
func (r Row) lowest() float64 { return max(r.Bound, r.Staged) }

// Found is what was found of a pod on one kubelet.
type Found struct {
	Start, Stop stat.Summary
	// Off is by how much a stop was off what was intended.
	Off stat.Summary
	// Together is true of a pod that was measured, and ran at the same time as others.
	Together bool
}

// Rows are those of a run, without pods that were not measured at all.
func Rows(r result.Run) []Row {
	runtime := bound.Of(r)
	var rows []Row
	for _, c := range r.Cases {
		row := Row{Case: c, Ours: found(r, result.Ours, c.Name()), Pristine: found(r, result.Pristine, c.Name())}
		row.Bound, _ = runtime.Start(c)
		row.Staged, _ = runtime.Staged(c)
		if row.Ours.Start.N+row.Pristine.Start.N > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// startRows are those of pods whose start is of interest, deafRows of those whose stop alone is.
func startRows(rows []Row) []Row {
	return rowsOf(rows, func(k shape.Kind) bool { return k != shape.Deaf })
}
func deafRows(rows []Row) []Row {
	return rowsOf(rows, func(k shape.Kind) bool { return k == shape.Deaf })
}

func rowsOf(rows []Row, is func(shape.Kind) bool) []Row {
	return slices.DeleteFunc(slices.Clone(rows), func(row Row) bool { return !is(row.Case.Kind) })
}

func found(r result.Run, subject result.Subject, name string) Found {
	f := Found{
		Start: stat.Of(r.Values(subject, name, result.Start)),
		Stop:  stat.Of(r.Values(subject, name, result.Stop)),
		Off:   stat.Of(r.Values(subject, name, result.StopOff)),
	}
	for _, together := range r.Together {
		f.Together = f.Together || f.Start.N > 0 && together == TogetherName(subject, name)
	}
	return f
}

// TogetherName is how a run notes that a pod ran at the same time as others.
func TogetherName(subject result.Subject, name string) string { return string(subject) + "/" + name }
