// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"slices"

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
	{label: "pristine, native sidecars", name: "crowd-native", subject: result.Pristine},
	{label: "pristine, unordered", name: "crowd-unordered", subject: result.Pristine},
}

// crowdMetric is a column, scaled to the unit of the report.
type crowdMetric struct {
	metric result.Metric
	format string
	scale  float64
}

// drainMetrics are the columns about an API server.
var drainMetrics = []crowdMetric{
	{metric: result.DrainStart, format: "%.1f", scale: 1},
	{metric: result.DrainStartPatches, format: "%.2f", scale: 1},
	{metric: result.DrainStartRequests, format: "%.1f", scale: 1},
	{metric: result.Drain, format: "%.1f", scale: 1},
	{metric: result.DrainPatches, format: "%.2f", scale: 1},
	{metric: result.DrainRequests, format: "%.1f", scale: 1},
}

// crowdMetrics are the columns without one.
var crowdMetrics = []crowdMetric{
	{metric: result.Crowd, format: "%.2f", scale: 1},
	{metric: result.CrowdCalls, format: "%.1f", scale: 1},
	{metric: result.CrowdStop, format: "%.2f", scale: 1},
	{metric: result.CrowdStopCalls, format: "%.1f", scale: 1},
	{metric: result.RestCPU, format: "%.1f", scale: 1000},
	{metric: result.RestMemory, format: "%.0f", scale: 1.0 / (1 << 20)},
	{metric: result.RestCalls, format: "%.1f", scale: 1},
	{metric: result.ChurnCPU, format: "%.0f", scale: 1000},
	{metric: result.ChurnMemory, format: "%.0f", scale: 1.0 / (1 << 20)},
	{metric: result.ChurnCalls, format: "%.1f", scale: 1},
}

// crowdRows returns nil if the run did not measure these metrics.
func crowdRows(r result.Run, metrics []crowdMetric) []crowdRow {
	var rows []crowdRow
	measured := false
	last := crowds[len(crowds)-1]
	for _, c := range crowds {
		row := crowdRow{Label: c.label}
		for _, m := range metrics {
			found, to := r.Values(c.subject, c.name, m.metric), r.Values(last.subject, last.name, m.metric)
			row.Cells = append(row.Cells, spread(Summarize(found), m.format, m.scale)+" ["+ratioBeside(found, to)+"]")
			measured = measured || len(found) > 0
		}
		rows = append(rows, row)
	}
	if !measured {
		return nil
	}
	return rows
}

// ratioBeside returns the ratio of two series. Those of as many windows were measured at the same time, window by window: the median of
// their ratios, and the middle half of these, say more than the ratio of their medians.
func ratioBeside(of, to []float64) string {
	if len(of) != len(to) || len(of) < 4 {
		return ratio(Summarize(of).Median, Summarize(to).Median)
	}
	ratios := make([]float64, len(of))
	for i := range of {
		ratios[i] = of[i] / to[i]
	}
	slices.Sort(ratios)
	quarter := len(ratios) / 4
	return fmt.Sprintf("%.3f, %.2f–%.2f", Summarize(ratios).Median, ratios[quarter], ratios[len(ratios)-1-quarter])
}
