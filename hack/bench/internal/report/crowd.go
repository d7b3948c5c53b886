// SPDX-License-Identifier: Apache-2.0

package report

import (
	"kubelet-ordering/hack/bench/internal/result"
)

// crowdRow has the results of many pods on one kubelet.
type crowdRow struct {
	Label string
	// Cells are the metrics, each with its ratio to that of the last row.
	Cells []string
}

// crowds are compared, each with the last one.
var crowds = []struct {
	label, name string
	subject     result.Subject
}{
	{label: "ours, ordered", name: "crowd-ordered", subject: result.Ours},
	{label: "ours, unordered", name: "crowd-unordered", subject: result.Ours},
	{label: "pristine, unordered", name: "crowd-unordered", subject: result.Pristine},
}

// crowdMetrics are the columns, scaled to the units of the report.
var crowdMetrics = []struct {
	metric result.Metric
	format string
	scale  float64
}{
	{metric: result.Crowd, format: "%.2f", scale: 1},
	{metric: result.RestCPU, format: "%.1f", scale: 1000},
	{metric: result.RestMemory, format: "%.0f", scale: 1.0 / (1 << 20)},
	{metric: result.ChurnCPU, format: "%.0f", scale: 1000},
	{metric: result.ChurnMemory, format: "%.0f", scale: 1.0 / (1 << 20)},
}

// crowdRows returns nil if the run did not measure many pods.
func crowdRows(r result.Run) []crowdRow {
	var rows []crowdRow
	measured := false
	last := crowds[len(crowds)-1]
	for _, c := range crowds {
		row := crowdRow{Label: c.label}
		for _, m := range crowdMetrics {
			found, to := Summarize(r.Values(c.subject, c.name, m.metric)), Summarize(r.Values(last.subject, last.name, m.metric))
			row.Cells = append(row.Cells, spread(found, m.format, m.scale)+" ["+ratio(found.Median, to.Median)+"]")
			measured = measured || found.N > 0
		}
		rows = append(rows, row)
	}
	if !measured {
		return nil
	}
	return rows
}
