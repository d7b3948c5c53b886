// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/internal/timeline"
)

// TestSpansAreContiguous checks that the spans of a row have no gaps, at any time of the sample.
func TestSpansAreContiguous(t *testing.T) {
	for seconds := 0.0; seconds < sampleEnd; seconds += 0.13 {
		pod, graph := sample(t, seconds)
		for _, row := range timeline.Of(pod, graph, sampleAt(seconds)).Rows {
			for i, s := range row.Spans {
				if i > 0 && s.From != row.Spans[i-1].To || s.To <= s.From {
					t.Fatalf("after %.2f s: row %q: span %d is wrong: %+v", seconds, row.Name, i, row.Spans)
				}
			}
		}
	}
}

func TestTimelineLinks(t *testing.T) {
	pod, graph := sample(t, sampleEnd)
	tl := timeline.Of(pod, graph, sampleAt(sampleEnd))
	var got []string
	for _, l := range tl.Links {
		got = append(got, tl.Rows[l.From].Name+" -> "+tl.Rows[l.To].Name)
	}
	want := []string{
		"metrics -> logs", "metrics -> policy", "metrics -> certs", "certs -> mesh", "mesh -> web", "mesh -> worker", "web -> discovery",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
