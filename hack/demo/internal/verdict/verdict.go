// SPDX-License-Identifier: Apache-2.0

// Package verdict checks what was observed against what the graph promises.
package verdict

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kubelet-ordering/internal/chart"
	"kubelet-ordering/internal/facts"
	"kubelet-ordering/internal/look"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// Finding is the result of one check.
type Finding struct {
	OK   bool
	Text string
	// Details are the violations.
	Details []string
}

// Check checks the phase, the page, the starts and the stops. An empty expectation accepts any phase.
func Check(pod *facts.Pod, graph *dependency.Graph, expect string) []Finding {
	findings := append([]Finding{phase(pod, expect)}, page(pod)...)
	if graph == nil {
		return append(findings, Finding{OK: true, Text: "no order to check: the pod does not use ordering"})
	}
	if pod.End.IsZero() {
		return append(findings, starts(pod, graph), Finding{Text: "stop order: the pod has not ended"})
	}
	findings = append(findings, starts(pod, graph), stops(pod, graph))
	return append(findings, limits(pod, graph)...)
}

// Passed reports whether all checks passed.
func Passed(findings []Finding) bool {
	return !slices.ContainsFunc(findings, func(f Finding) bool { return !f.OK })
}

// Lines returns the findings as lines to show below the chart.
func Lines(findings []Finding) []chart.Line {
	lines := []chart.Line{nil}
	for _, f := range findings {
		sign, colour := "✓", look.Good
		if !f.OK {
			sign, colour = "✗", look.Bad
		}
		line := append(chart.Text(" "+sign+" ", chart.Cell{Colour: &colour, Bold: true}), chart.Text(f.Text, chart.Cell{})...)
		lines = append(lines, line)
		for _, detail := range f.Details {
			lines = append(lines, chart.Text("     "+detail, chart.Cell{Colour: &look.Bad}))
		}
	}
	return lines
}

// phase compares the phase with an expectation such as "Succeeded" or "Failed/DependencyFailed".
func phase(pod *facts.Pod, expect string) Finding {
	seen := string(pod.Phase)
	if pod.Reason != "" {
		seen += "/" + pod.Reason
	}
	f := Finding{Text: "pod " + seen}
	if pod.Outcome() == facts.Deleted {
		f.Text += ", until it was deleted"
	}
	if f.OK = expect == "" || expect == seen || expect == string(pod.Phase); !f.OK {
		f.Text += ", expected " + expect
	}
	if pod.Message != "" {
		f.Text += ": " + pod.Message
	}
	return f
}

// starts checks that all dependencies of each container that has started were met before. The kubelet's status was polled, so a
// dependency may have been met within an interval around the start; that is neither a violation nor a proof.
func starts(pod *facts.Pod, graph *dependency.Graph) Finding {
	f := Finding{OK: true}
	checked, around := 0, 0
	var never []string
	for _, c := range pod.Containers {
		start := c.FirstStart()
		if start.IsZero() {
			never = append(never, c.Name)
			continue
		}
		for _, d := range graph.WaitsFor(c.Name) {
			checked++
			held := pod.Container(d.Container).First(d.Condition)
			switch edge := fmt.Sprintf("%s waits for %s %s", c.Name, d.Container, d.Condition); {
			case !held.Known():
				f.OK = false
				f.Details = append(f.Details, edge+", which was not seen, and has started")
			case held.Earliest.After(start):
				f.OK = false
				f.Details = append(f.Details, fmt.Sprintf("%s, at %s, and started at %s", edge, at(pod, held.Latest), at(pod, start)))
			case held.Latest.After(start):
				around++
			}
		}
	}
	f.Text = fmt.Sprintf("start order: %d of %d edges held before the start", checked-len(f.Details)-around, checked)
	if around > 0 {
		f.Text += fmt.Sprintf(", %d within the time between two looks around it", around)
	}
	if len(never) > 0 {
		f.Text += "; never started: " + strings.Join(never, ", ")
	}
	f.Text += latencies(pod, graph)
	return f
}

// latencies says how soon each Standard container started after its last dependency was met.
func latencies(pod *facts.Pod, graph *dependency.Graph) string {
	text := ""
	for _, c := range pod.Containers {
		start := c.FirstStart()
		if start.IsZero() || !graph.IsStandard(c.Name) {
			continue
		}
		last, held := pod.LastHeld(graph.WaitsFor(c.Name))
		if held.Known() && start.After(held.Latest) {
			text += fmt.Sprintf("; %s started %.2f s after %s %s", c.Name, start.Sub(held.Latest).Seconds(), last.Container, last.Condition)
		}
	}
	return text
}

func at(pod *facts.Pod, t time.Time) string { return fmt.Sprintf("%.2f s", t.Sub(pod.Begin).Seconds()) }
