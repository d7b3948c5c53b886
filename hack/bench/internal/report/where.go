// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"slices"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
)

// latencyRow has the latencies of all gates of the traced pods on one kubelet, in milliseconds.
type latencyRow struct {
	Subject           result.Subject
	Gates             int
	Median, P99, Most string
	// Parts are those of the longest latency.
	Parts []string
}

// latencyRows returns nil if the run did not measure them.
func latencyRows(r result.Run) []latencyRow {
	var rows []latencyRow
	for _, subject := range []result.Subject{result.Ours, result.Pristine} {
		values := func(metric result.Metric) (all []float64) {
			for _, c := range r.Cases {
				all = append(all, r.Values(subject, c.Name(), metric)...)
			}
			return all
		}
		all := values(result.Latency)
		if len(all) == 0 {
			continue
		}
		milliseconds := func(seconds float64) string { return fmt.Sprintf("%.0f", 1000*seconds) }
		found := Summarize(all)
		row := latencyRow{Subject: subject, Gates: found.N,
			Median: milliseconds(found.Median), P99: milliseconds(p99(all)), Most: milliseconds(found.Max)}
		longest := slices.Index(all, found.Max)
		for _, metric := range []result.Metric{result.LatencyGate, result.LatencySync, result.LatencyPull} {
			if parts := values(metric); len(parts) == len(all) {
				row.Parts = append(row.Parts, milliseconds(parts[longest]))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// whereRow says where the time of a pod's start goes on one kubelet.
type whereRow struct {
	Case    shape.Case
	Subject result.Subject
	// Cells are the medians of the shares, in milliseconds.
	Cells []string
}

// shares are the columns.
var shares = []result.Metric{
	result.ShareSandbox, result.ShareExit, result.ShareGate, result.ShareSync, result.SharePull, result.ShareCreate, result.ShareStart, result.ShareWarmUp, result.ShareProbe,
	result.ShareTotal,
}

// whereRows returns nil if the run did not measure this.
func whereRows(r result.Run) []whereRow {
	var rows []whereRow
	for _, c := range r.Cases {
		for _, subject := range []result.Subject{result.Ours, result.Pristine} {
			row := whereRow{Case: c, Subject: subject}
			for _, metric := range shares {
				found := Summarize(r.Values(subject, c.Name(), metric))
				if found.N == 0 {
					break
				}
				row.Cells = append(row.Cells, fmt.Sprintf("%.0f", 1000*found.Median))
			}
			if len(row.Cells) == len(shares) {
				rows = append(rows, row)
			}
		}
	}
	return rows
}
