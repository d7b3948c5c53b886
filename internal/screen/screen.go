// SPDX-License-Identifier: Apache-2.0

// Package screen shows a growing timeline: on a terminal as a chart that is redrawn in place, elsewhere as one line for each event.
package screen

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"

	"kubelet-ordering/internal/chart"
	"kubelet-ordering/internal/timeline"
)

// Screen shows a timeline.
type Screen interface {
	// Show brings the screen up to date.
	Show(t timeline.Timeline)
	// Final shows the whole chart, with the given lines below it.
	Final(t timeline.Timeline, below []chart.Line)
	// Interrupted is called instead of Final when the user interrupts the program.
	Interrupted(t timeline.Timeline)
}

// On returns the screen for the file. The legend is drawn below the chart.
func On(out *os.File, legend string) Screen {
	if term.IsTerminal(int(out.Fd())) && os.Getenv("TERM") != "dumb" {
		return &live{out: out, legend: legend, depth: chart.DepthOf(os.Getenv)}
	}
	return &plain{out: out, legend: legend, width: columns(), told: map[timeline.Event]bool{}}
}

// To returns the screen for a writer, which may be a file.
func To(out io.Writer, legend string) Screen {
	if file, ok := out.(*os.File); ok {
		return On(file, legend)
	}
	return &plain{out: out, legend: legend, width: columns(), told: map[timeline.Event]bool{}}
}

// columns is the width to use without a terminal.
func columns() int {
	if width, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil {
		return width
	}
	return 100
}
