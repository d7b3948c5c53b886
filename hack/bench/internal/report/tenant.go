// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"math"
	"slices"

	"kubelet-ordering/hack/bench/internal/result"
)

// tenantRow has the results of ordinary pods beside hostile or idle ones on one kubelet.
type tenantRow struct {
	Label string
	// Cells are the metrics. Those beside hostile pods have the ratio to those beside idle ones.
	Cells []string
}

// tenantColumns are the columns, scaled to the units of the report.
var tenantColumns = []struct {
	metric result.Metric
	of     func([]float64) float64
	format string
	scale  float64
}{
	{metric: result.TenantStart, of: median, format: "%.2f", scale: 1},
	{metric: result.TenantStart, of: p99, format: "%.2f", scale: 1},
	{metric: result.TenantWait, of: median, format: "%.1f", scale: 1},
	{metric: result.TenantWait, of: p99, format: "%.1f", scale: 1},
	{metric: result.ProbeGap, of: median, format: "%.2f", scale: 1},
	{metric: result.LongestProbeGap, of: slices.Max[[]float64], format: "%.2f", scale: 1},
	{metric: result.LostEvents, of: slices.Max[[]float64], format: "%.0f", scale: 1},
	{metric: result.TenantCPU, of: median, format: "%.0f", scale: 1000},
	{metric: result.TenantMemory, of: median, format: "%.0f", scale: 1.0 / (1 << 20)},
}

// tenantRows returns nil if the run did not measure tenants.
func tenantRows(r result.Run) []tenantRow {
	var rows []tenantRow
	measured := false
	for _, subject := range []result.Subject{result.Ours, result.Pristine} {
		for _, neighbors := range []string{"hostile", "idle"} {
			row := tenantRow{Label: fmt.Sprintf("%s, %s", subject, neighbors)}
			for _, c := range tenantColumns {
				cell := none
				found := r.Values(subject, "tenant-"+neighbors, c.metric)
				if len(found) > 0 {
					measured = true
					cell = fmt.Sprintf(c.format, c.of(found)*c.scale)
				}
				if idle := r.Values(subject, "tenant-idle", c.metric); neighbors == "hostile" && len(found) > 0 && len(idle) > 0 {
					cell += " [" + ratio(c.of(found), c.of(idle)) + "]"
				}
				row.Cells = append(row.Cells, cell)
			}
			rows = append(rows, row)
		}
	}
	if !measured {
		return nil
	}
	return rows
}

func median(values []float64) float64 { return Summarize(values).Median }

// p99 returns the smallest of the values that is not below 99 % of them.
func p99(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(math.Ceil(0.99*float64(len(sorted))))-1]
}
