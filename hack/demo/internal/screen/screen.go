// SPDX-License-Identifier: Apache-2.0

// Package screen shows a timeline while it grows: as a picture that is drawn again in place on a terminal, and elsewhere as one
// line for each event.
package screen

import (
	"os"
	"strconv"

	"golang.org/x/term"

	"kubelet-ordering/hack/demo/internal/chart"
	"kubelet-ordering/hack/demo/internal/timeline"
)

// Screen shows.
type Screen interface {
	// Show brings the screen up to date.
	Show(t timeline.Timeline)
	// Final leaves the whole picture on the screen, and the lines below it.
	Final(t timeline.Timeline, below []chart.Line)
	// Interrupted leaves what there is.
	Interrupted(t timeline.Timeline)
}

// On returns the screen that fits the file. The legend is that of the graph.
func On(out *os.File, legend string) Screen {
	if term.IsTerminal(int(out.Fd())) && os.Getenv("TERM") != "dumb" {
		return &live{out: out, legend: legend, depth: chart.DepthOf(os.Getenv)}
	}
	return &plain{out: out, legend: legend, width: columns(), told: map[timeline.Event]bool{}}
}

// columns is the width where there is no terminal to ask.
func columns() int {
	if width, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil {
		return width
	}
	return 100
}
