// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fmt"
	"io"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/internal/chart"
	"kubelet-ordering/internal/timeline"
)

// plain writes a line for each event, and the chart at the end.
type plain struct {
	out    io.Writer
	legend string
	width  int
	told   map[timeline.Event]bool
	phase  v1.PodPhase
}

func (p *plain) Show(t timeline.Timeline) {
	for _, e := range t.Events() {
		if !p.told[e] {
			p.told[e] = true
			fmt.Fprintf(p.out, "%7.2fs  %-12s %s\n", e.At.Seconds(), e.Container, e.Text)
		}
	}
	if t.Phase != p.phase {
		p.phase = t.Phase
		fmt.Fprintf(p.out, "%7.2fs  pod %s %s\n", t.Elapsed.Seconds(), t.Phase, t.Reason)
	}
}

func (p *plain) Interrupted(t timeline.Timeline) { p.Final(t, nil) }

func (p *plain) Final(t timeline.Timeline, below []chart.Line) {
	p.Show(t)
	fmt.Fprintln(p.out)
	for _, line := range append(chart.Draw(t, p.legend, chart.Size{Width: p.width}), below...) {
		fmt.Fprintln(p.out, line.String())
	}
}
