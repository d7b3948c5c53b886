// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kubelet-ordering/internal/chart"
	"kubelet-ordering/internal/screen"
	"kubelet-ordering/internal/timeline"
)

// TestPlainTellsEachEventOnce shows the whole sample.
func TestPlainTellsEachEventOnce(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	view := screen.On(out, "")
	for seconds := 0.0; seconds < sampleEnd; seconds += 0.3 {
		pod, graph := sample(t, seconds)
		view.Show(timeline.Of(pod, graph, sampleAt(seconds)))
	}
	pod, graph := sample(t, sampleEnd)
	view.Final(timeline.Of(pod, graph, sampleAt(sampleEnd)), []chart.Line{chart.Text("below the chart", chart.Cell{})})
	content, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	log := string(content)
	for _, want := range []string{
		"certs        exited with code 0", "discovery    preStop", "discovery    stopping", "policy       ready",
		"certs        CrashLoopBackOff", "web          waits for mesh Ready", "web          starting", "pod Running", "below the chart",
	} {
		if n := strings.Count(log, want+"\n") + strings.Count(log, want+" \n"); n != 1 {
			t.Errorf("%q was told %d times:\n%s", want, n, log)
		}
	}
}
