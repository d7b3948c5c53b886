// SPDX-License-Identifier: Apache-2.0

package report

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
)

func TestBound(t *testing.T) {
	runtime := runtime{one: 0.1, concurrent: map[int]float64{1: 0.15, 2: 0.2, 16: 1.2}}
	const warmUp = 300 * time.Millisecond
	tests := map[string]struct {
		c    shape.Case
		want float64
	}{
		"all at once, then one": {c: shape.Case{Kind: shape.Independent, Size: 16, WarmUp: warmUp}, want: 1.2 + 0.3 + 0.1},
		"one after the other":   {c: shape.Case{Kind: shape.Chain, Size: 4, WarmUp: warmUp}, want: 0.05 + 4*0.4 + 0.1},
		"a diamond":             {c: shape.Case{Kind: shape.Diamond, WarmUp: warmUp}, want: 0.05 + 0.4 + (0.15 + 0.3) + 0.4 + 0.1},
		"one ordinary":          {c: shape.Case{Kind: shape.Ordinary, Size: 1}, want: 0.15},
		"not measured for four": {c: shape.Case{Kind: shape.Independent, Size: 4}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := runtime.bound(test.c); math.Abs(got-test.want) > 1e-6 {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestRuntimeOf(t *testing.T) {
	sample := func(name string, metric result.Metric, value float64) result.Sample {
		return result.Sample{Subject: result.Runtime, Case: name, Metric: metric, Value: value}
	}
	got := runtimeOf(result.Run{Samples: []result.Sample{
		sample("1", result.Start, 0.1), sample("1", result.Start, 0.3),
		sample("1", result.One, 0.05),
		sample("4", result.Start, 0.4),
		{Subject: result.Runtime, Case: "8", Metric: result.Start, Failure: "no"},
		{Subject: result.Ours, Case: "chain-4", Metric: result.Start, Value: 9},
	}})
	want := runtime{one: 0.05, concurrent: map[int]float64{1: 0.2, 4: 0.4}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(runtime{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
