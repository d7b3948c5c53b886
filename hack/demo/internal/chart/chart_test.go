// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"kubelet-ordering/hack/demo/internal/sample"
	"kubelet-ordering/hack/demo/internal/timeline"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestDraw(t *testing.T) {
	tests := map[string]struct {
		seconds float64
		size    Size
		depth   Depth
	}{
		"first-80":         {seconds: 0, size: Size{Width: 80}},
		"waiting-80":       {seconds: 4.2, size: Size{Width: 80}},
		"waiting-160":      {seconds: 4.2, size: Size{Width: 160}},
		"running-80":       {seconds: 9, size: Size{Width: 80}},
		"stopping-80":      {seconds: 13.5, size: Size{Width: 80}},
		"final-80":         {seconds: 16, size: Size{Width: 80}},
		"final-160":        {seconds: 16, size: Size{Width: 160}},
		"final-80-low":     {seconds: 16, size: Size{Width: 80, Height: 12}},
		"final-80-16":      {seconds: 16, size: Size{Width: 80}, depth: Sixteen},
		"final-160-16":     {seconds: 16, size: Size{Width: 160}, depth: Sixteen},
		"stopping-80-256":  {seconds: 13.5, size: Size{Width: 80}, depth: Indexed},
		"stopping-80-true": {seconds: 13.5, size: Size{Width: 80}, depth: True},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pod, graph := sample.Mission(test.seconds)
			var got strings.Builder
			for _, line := range Draw(timeline.Of(pod, graph, sample.At(test.seconds)), graph.String(), test.size) {
				if len(line) > test.size.Width {
					t.Errorf("line %q is %d cells wide, the terminal %d", line, len(line), test.size.Width)
				}
				got.WriteString(strings.ReplaceAll(line.Paint(test.depth), "\x1b", "␛") + "\n")
			}
			golden(t, name, got.String())
		})
	}
}

// TestDrawFits draws at every size and moment that matters: no line is ever wider than the terminal.
func TestDrawFits(t *testing.T) {
	for seconds := 0.0; seconds < 16; seconds += 0.7 {
		pod, graph := sample.Mission(seconds)
		for width := Narrowest; width <= Widest; width += 7 {
			for _, line := range Draw(timeline.Of(pod, graph, sample.At(seconds)), graph.String(), Size{Width: width}) {
				if n := utf8.RuneCountInString(line.String()); n > width {
					t.Fatalf("after %.1f s at width %d: %d cells: %q", seconds, width, n, line)
				}
			}
		}
	}
}

func TestDrawKeepsToTheHeight(t *testing.T) {
	pod, graph := sample.Mission(9)
	for _, height := range []int{12, 16, 20, 24, 40} {
		lines := Draw(timeline.Of(pod, graph, sample.At(9)), graph.String(), Size{Width: 80, Height: height})
		if len(lines) > height {
			t.Errorf("height %d: got %d lines", height, len(lines))
		}
	}
}

func TestDepthOf(t *testing.T) {
	tests := map[string]struct {
		env  map[string]string
		want Depth
	}{
		"NO_COLOR wins":   {env: map[string]string{"NO_COLOR": "1", "COLORTERM": "truecolor"}, want: Plain},
		"dumb":            {env: map[string]string{"TERM": "dumb"}, want: Plain},
		"truecolor":       {env: map[string]string{"TERM": "xterm", "COLORTERM": "truecolor"}, want: True},
		"256 colours":     {env: map[string]string{"TERM": "tmux-256color"}, want: Indexed},
		"an old terminal": {env: map[string]string{"TERM": "linux"}, want: Sixteen},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := DepthOf(func(key string) string { return test.env[key] }); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: run the test with -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s\nrun the test with -update if this is right", file, diff)
	}
}
