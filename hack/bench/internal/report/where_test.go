// SPDX-License-Identifier: Apache-2.0

package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
)

func TestWhereRows(t *testing.T) {
	c := shape.Case{Kind: shape.Chain, Size: 2, Period: 1}
	r := result.Run{Cases: []shape.Case{c}}
	for i, metric := range shares {
		for _, value := range []float64{0.001, 0.002, 0.003} {
			r.Samples = append(r.Samples, result.Sample{Subject: result.Ours, Case: c.Name(), Metric: metric, Value: value + float64(i)})
		}
	}
	// A failed start has no shares.
	r.Samples = append(r.Samples, result.Sample{Subject: result.Pristine, Case: c.Name(), Metric: result.ShareTotal, Failure: "x"})
	want := []whereRow{{Case: c, Subject: result.Ours,
		Cells: []string{"2", "1002", "2002", "3002", "4002", "5002", "6002", "7002", "8002", "9002"}}}
	if diff := cmp.Diff(want, whereRows(r)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestLatencyRows(t *testing.T) {
	chain, diamond := shape.Case{Kind: shape.Chain, Size: 2, Period: 1}, shape.Case{Kind: shape.Diamond, Period: 1}
	r := result.Run{Cases: []shape.Case{chain, diamond}}
	if rows := latencyRows(r); rows != nil {
		t.Errorf("got %v of a run that measured none", rows)
	}
	for i := range 100 {
		c := chain
		if i >= 50 {
			c = diamond
		}
		for metric, value := range map[result.Metric]int{
			result.Latency: 100 - i, result.LatencyGate: 60 - i, result.LatencySync: 30, result.LatencyPull: 10,
		} {
			r.Samples = append(r.Samples, result.Sample{Subject: result.Ours, Case: c.Name(), Metric: metric, Value: float64(value) / 1000})
		}
	}
	want := []latencyRow{{Subject: result.Ours, Gates: 100, Median: "50", P99: "99", Most: "100", Parts: []string{"60", "30", "10"}}}
	if diff := cmp.Diff(want, latencyRows(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
