// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
)

// crowd is one of the three that are compared.
type crowd struct {
	label, name string
	subject     result.Subject
}

// crowds; all are compared with the last.
var crowds = []crowd{
	{label: "ours, ordered", name: "crowd-ordered", subject: result.Ours},
	{label: "ours, unordered", name: "crowd-unordered", subject: result.Ours},
	{label: "pristine, unordered", name: "crowd-unordered", subject: result.Pristine},
}

// measured sums up a metric for each crowd; it is false when there is none of it at all.
func measured(r result.Run, metric result.Metric) (summaries []Summary, any bool) {
	for _, c := range crowds {
		s := Summarize(r.Values(c.subject, c.name, metric))
		summaries = append(summaries, s)
		any = any || s.N > 0
	}
	return summaries, any
}

func crowdTable(text *strings.Builder, r result.Run) {
	summaries, any := measured(r, result.Crowd)
	if !any {
		return
	}
	fmt.Fprintf(text, "\n## Many pods at once\n\nSeconds from the appearance of the first of %d manifests to the start of the last container. Each pod has %d containers, without\n"+
		"warm-up and probes.\n\n", r.Crowd, shape.CrowdContainers)
	table(text, []string{"pods", "seconds", "to pristine"}, 1, func(add func(...string)) {
		for i, c := range crowds {
			add(c.label, seconds(summaries[i], false), ratio(summaries[i].Median, summaries[len(crowds)-1].Median))
		}
	})
}

// loads are the columns of the kubelet's load, with the units that a reader likes.
var loads = []struct {
	label, format string
	metric        result.Metric
	scale         float64
}{
	{label: "CPU at rest, ms/s", format: "%.1f", metric: result.RestCPU, scale: 1000},
	{label: "memory at rest, MiB", format: "%.0f", metric: result.RestMemory, scale: 1.0 / (1 << 20)},
	{label: "CPU under churn, ms/s", format: "%.0f", metric: result.ChurnCPU, scale: 1000},
	{label: "memory under churn, MiB", format: "%.0f", metric: result.ChurnMemory, scale: 1.0 / (1 << 20)},
}

func loadTable(text *strings.Builder, r result.Run) {
	if _, any := measured(r, result.RestCPU); !any {
		return
	}
	fmt.Fprintf(text, "\n## Load\n\nOf the kubelet, with the same %d pods: over %.0f s at rest, and over %.0f s in which ten of them are replaced every 5 s. In\n"+
		"brackets the ratio to pristine.\n\n", r.Crowd, r.Rest, r.Rest)
	header := []string{"pods"}
	for _, l := range loads {
		header = append(header, l.label)
	}
	table(text, header, 1, func(add func(...string)) {
		for i, c := range crowds {
			cells := []string{c.label}
			for _, l := range loads {
				summaries, _ := measured(r, l.metric)
				cells = append(cells, spread(summaries[i], l.format, l.scale)+" ["+ratio(summaries[i].Median, summaries[len(crowds)-1].Median)+"]")
			}
			add(cells...)
		}
	})
}
