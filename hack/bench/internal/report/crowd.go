// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"slices"
	"strings"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
)

// crowds are what is compared; all of them with the last.
var crowds = []struct {
	label, name string
	subject     result.Subject
}{
	{label: "ours, ordered", name: "crowd-ordered", subject: result.Ours},
	{label: "ours, unordered", name: "crowd-unordered", subject: result.Ours},
	{label: "pristine, unordered", name: "crowd-unordered", subject: result.Pristine},
}

// crowdMetric is a column, with the unit that a reader likes.
type crowdMetric struct {
	label, format string
	metric        result.Metric
	scale         float64
}

var crowdMetrics = []crowdMetric{
	{label: "start, s", format: "%.2f", metric: result.Crowd, scale: 1},
	{label: "CPU at rest, ms/s", format: "%.1f", metric: result.RestCPU, scale: 1000},
	{label: "memory at rest, MiB", format: "%.0f", metric: result.RestMemory, scale: 1.0 / (1 << 20)},
	{label: "CPU under churn, ms/s", format: "%.0f", metric: result.ChurnCPU, scale: 1000},
	{label: "memory under churn, MiB", format: "%.0f", metric: result.ChurnMemory, scale: 1.0 / (1 << 20)},
}

// of sums up the metric for each crowd.
func (m crowdMetric) of(r result.Run) (summaries []Summary) {
	for _, c := range crowds {
		summaries = append(summaries, Summarize(r.Values(c.subject, c.name, m.metric)))
	}
	return summaries
}

// crowdTable has a column for each metric that was measured.
func crowdTable(text *strings.Builder, r result.Run) {
	columns := slices.DeleteFunc(slices.Clone(crowdMetrics), func(m crowdMetric) bool {
		return !slices.ContainsFunc(m.of(r), func(s Summary) bool { return s.N > 0 })
	})
	if len(columns) == 0 {
		return
	}
	fmt.Fprintf(text, "\n## Many pods at once\n\n%d pods of %d containers, without warm-up and probes: seconds from the appearance of the first manifest to the start of the\n"+
		"last container, and the load of the kubelet with them, over %.0f s at rest, and over %.0f s in which ten of them are replaced every\n"+
		"5 s. In brackets the ratio to pristine.\n\n", r.Crowd, shape.CrowdContainers, r.Rest, r.Rest)
	header := []string{"pods"}
	for _, m := range columns {
		header = append(header, m.label)
	}
	table(text, header, 1, func(add func(...string)) {
		for i, c := range crowds {
			cells := []string{c.label}
			for _, m := range columns {
				summaries := m.of(r)
				cells = append(cells, spread(summaries[i], m.format, m.scale)+" ["+ratio(summaries[i].Median, summaries[len(crowds)-1].Median)+"]")
			}
			add(cells...)
		}
	})
}
