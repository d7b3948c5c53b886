// SPDX-License-Identifier: Apache-2.0

package bound

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
)

func TestStart(t *testing.T) {
	runtime := Runtime{One: 0.1, Concurrent: map[int]float64{1: 0.15, 5: 0.4, 17: 1.2}}
	const warmUp = 300 * time.Millisecond
	tests := map[string]struct {
		c       shape.Case
		want    float64
		unknown bool
	}{
		"the order decides":     {c: shape.Case{Kind: shape.Independent, Size: 4, WarmUp: warmUp}, want: 0.55},
		"the runtime decides":   {c: shape.Case{Kind: shape.Independent, Size: 16, WarmUp: warmUp}, want: 1.2},
		"a chain":               {c: shape.Case{Kind: shape.Chain, Size: 4, WarmUp: warmUp}, want: 0.05 + 4*0.4 + 0.1},
		"one ordinary":          {c: shape.Case{Kind: shape.Ordinary, Size: 1}, want: 0.15},
		"not measured for nine": {c: shape.Case{Kind: shape.Independent, Size: 8}, unknown: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, known := runtime.Start(test.c)
			if known == test.unknown || math.Abs(got-test.want) > 1e-6 {
				t.Errorf("got %v, %v, want %v, %v", got, known, test.want, !test.unknown)
			}
		})
	}
}

func TestStaged(t *testing.T) {
	runtime := Runtime{One: 0.1, Concurrent: map[int]float64{1: 0.15, 2: 0.2, 16: 1.2}}
	const warmUp = 300 * time.Millisecond
	tests := map[string]struct {
		c       shape.Case
		want    float64
		unknown bool
	}{
		"all at once, then one": {c: shape.Case{Kind: shape.Independent, Size: 16, WarmUp: warmUp}, want: 1.2 + 0.3 + 0.1},
		"one after the other":   {c: shape.Case{Kind: shape.Chain, Size: 4, WarmUp: warmUp}, want: 0.05 + 4*0.4 + 0.1},
		"a diamond":             {c: shape.Case{Kind: shape.Diamond, WarmUp: warmUp}, want: 0.05 + 0.4 + (0.15 + 0.3) + 0.4 + 0.1},
		"not measured for four": {c: shape.Case{Kind: shape.Independent, Size: 4}, unknown: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, known := runtime.Staged(test.c)
			if known == test.unknown || math.Abs(got-test.want) > 1e-6 {
				t.Errorf("got %v, %v, want %v, %v", got, known, test.want, !test.unknown)
			}
		})
	}
}

func TestOf(t *testing.T) {
	sample := func(name string, metric result.Metric, value float64) result.Sample {
		return result.Sample{Subject: result.Runtime, Case: name, Metric: metric, Value: value}
	}
	got := Of(result.Run{Samples: []result.Sample{
		sample("containers-1", result.Start, 0.1), sample("containers-1", result.Start, 0.3),
		sample("containers-1", result.One, 0.05),
		sample("containers-4", result.Start, 0.4),
		{Subject: result.Runtime, Case: "containers-8", Metric: result.Start, Failure: "no"},
		{Subject: result.Ours, Case: "chain-4", Metric: result.Start, Value: 9},
	}})
	want := Runtime{One: 0.05, Concurrent: map[int]float64{1: 0.2, 4: 0.4}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
