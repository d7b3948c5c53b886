// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"kubelet-ordering/internal/chart"
	"kubelet-ordering/internal/golden"
	"kubelet-ordering/internal/timeline"
)

func TestChart(t *testing.T) {
	tests := map[string]struct {
		seconds float64
		size    chart.Size
		depth   chart.Depth
	}{
		"first-80":         {seconds: 0, size: chart.Size{Width: 80}},
		"waiting-80":       {seconds: 12, size: chart.Size{Width: 80}},
		"waiting-160":      {seconds: 12, size: chart.Size{Width: 160}},
		"running-80":       {seconds: 24, size: chart.Size{Width: 80}},
		"stopping-80":      {seconds: 29, size: chart.Size{Width: 80}},
		"final-80":         {seconds: sampleEnd, size: chart.Size{Width: 80}},
		"final-160":        {seconds: sampleEnd, size: chart.Size{Width: 160}},
		"final-80-low":     {seconds: sampleEnd, size: chart.Size{Width: 80, Height: 16}},
		"final-80-16":      {seconds: sampleEnd, size: chart.Size{Width: 80}, depth: chart.Sixteen},
		"final-160-16":     {seconds: sampleEnd, size: chart.Size{Width: 160}, depth: chart.Sixteen},
		"stopping-80-256":  {seconds: 29, size: chart.Size{Width: 80}, depth: chart.Indexed},
		"stopping-80-true": {seconds: 29, size: chart.Size{Width: 80}, depth: chart.True},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pod, graph := sample(t, test.seconds)
			var got strings.Builder
			for _, line := range chart.Draw(timeline.Of(pod, graph, sampleAt(test.seconds)), graph.String(), test.size) {
				if len(line) > test.size.Width {
					t.Errorf("line %q is %d cells wide, the terminal %d", line, len(line), test.size.Width)
				}
				got.WriteString(strings.ReplaceAll(line.Paint(test.depth), "\x1b", "␛") + "\n")
			}
			golden.Check(t, filepath.Join("testdata", name+".txt"), got.String())
		})
	}
}

// TestChartFits draws at many widths and times: no line is wider than the terminal.
func TestChartFits(t *testing.T) {
	for seconds := 0.0; seconds < 33; seconds += 1.3 {
		pod, graph := sample(t, seconds)
		for width := chart.Narrowest; width <= chart.Widest; width += 7 {
			for _, line := range chart.Draw(timeline.Of(pod, graph, sampleAt(seconds)), graph.String(), chart.Size{Width: width}) {
				if n := utf8.RuneCountInString(line.String()); n > width {
					t.Fatalf("after %.1f s at width %d: %d cells: %q", seconds, width, n, line)
				}
			}
		}
	}
}

func TestChartKeepsToTheHeight(t *testing.T) {
	pod, graph := sample(t, 24)
	for _, height := range []int{14, 16, 20, 24, 40} {
		lines := chart.Draw(timeline.Of(pod, graph, sampleAt(24)), graph.String(), chart.Size{Width: 80, Height: height})
		if len(lines) > height {
			t.Errorf("height %d: got %d lines", height, len(lines))
		}
	}
}
