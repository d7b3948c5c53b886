// SPDX-License-Identifier: Apache-2.0

// Package schedule plans a run: which pods are measured, on which kubelet, in which order.
package schedule

import (
	"regexp"
	"slices"
	"time"

	"kubelet-ordering/hack/bench/internal/shape"
)

// Set is a selection of pods.
type Set string

// The sets.
const (
	Quick   Set = "quick"
	Default Set = "default"
	Full    Set = "full"
)

const usualWarmUp = 300 * time.Millisecond

// Cases returns the pods of a set whose names match the expression; nil matches all.
func Cases(set Set, only *regexp.Regexp) []shape.Case {
	var cases []shape.Case
	switch set {
	case Quick:
		cases = ordered([]int{4, 16}, usualWarmUp, 10)
		cases = append(cases, sized(shape.Ordinary, 1, 4, 16)...)
	case Full:
		for _, warmUp := range []time.Duration{0, usualWarmUp, 2 * time.Second} {
			for _, period := range []int{1, 10} {
				cases = append(cases, ordered([]int{1, 2, 4, 8, 16}, warmUp, period)...)
				cases = append(cases, shape.Case{Kind: shape.Independent, Size: 4, WarmUp: warmUp, Period: period, Exec: true})
			}
		}
		cases = append(cases, sized(shape.Ordinary, 1, 2, 4, 8, 16)...)
		cases = append(cases, sized(shape.Deaf, 1, 2, 3, 4, 5, 6, 7, 8)...)
	default:
		cases = append(cases, ordered([]int{4}, 0, 1)...)
		cases = append(cases, shape.Case{Kind: shape.Independent, Size: 4, Period: 1, Exec: true})
		cases = append(cases, ordered([]int{1, 4, 16}, usualWarmUp, 1)...)
		cases = append(cases, ordered([]int{1, 4, 16}, usualWarmUp, 10)...)
		cases = append(cases, ordered([]int{4}, 2*time.Second, 1)...)
		cases = append(cases, sized(shape.Ordinary, 1, 4, 16)...)
		cases = append(cases, sized(shape.Deaf, 1, 2, 4, 8)...)
	}
	// Group the kinds in the tables and in the picture.
	slices.SortStableFunc(cases, func(a, b shape.Case) int { return rank(a.Kind) - rank(b.Kind) })
	return slices.DeleteFunc(cases, func(c shape.Case) bool { return only != nil && !only.MatchString(c.Name()) })
}

func ordered(sizes []int, warmUp time.Duration, period int) []shape.Case {
	var cases []shape.Case
	for _, kind := range []shape.Kind{shape.Independent, shape.Chain} {
		for _, size := range sizes {
			cases = append(cases, shape.Case{Kind: kind, Size: size, WarmUp: warmUp, Period: period})
		}
	}
	for _, kind := range []shape.Kind{shape.Diamond, shape.Realistic} {
		cases = append(cases, shape.Case{Kind: kind, WarmUp: warmUp, Period: period})
	}
	return cases
}

// sized returns pods without probes.
func sized(kind shape.Kind, sizes ...int) []shape.Case {
	var cases []shape.Case
	for _, size := range sizes {
		cases = append(cases, shape.Case{Kind: kind, Size: size})
	}
	return cases
}

func rank(kind shape.Kind) int {
	return slices.Index([]shape.Kind{shape.Independent, shape.Chain, shape.Diamond, shape.Realistic, shape.Ordinary, shape.Deaf}, kind)
}
