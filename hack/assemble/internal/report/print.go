// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Print writes the report as a table.
func (r Report) Print(w io.Writer) error {
	fmt.Fprintf(w, "From Kubernetes %s to %s:\n\n", r.From, r.To)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "EFFORT\tSEAM\tSTATUS")
	for _, row := range r.Rows {
		fmt.Fprintf(tw, "%s\t%s\t%s\n", row.Effort, row.Seam, row.Status)
		for _, line := range row.Detail {
			fmt.Fprintf(tw, "\t  %s\n", line)
		}
	}
	if err := tw.Flush(); err != nil {
		return fmt.Errorf("printing the report: %w", err)
	}
	fmt.Fprintf(w, "\n%d seams: %d none, %d review, %d adapt, %d rework\n", len(r.Rows), r.Totals[None], r.Totals[Review],
		r.Totals[Adapt], r.Totals[Rework])
	fmt.Fprintf(w, "%d own files would shadow upstream files\n", len(r.Shadowing))
	for _, name := range r.Shadowing {
		fmt.Fprintf(w, "  %s\n", name)
	}
	return nil
}
