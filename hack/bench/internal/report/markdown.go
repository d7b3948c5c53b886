// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/schedule"
	"kubelet-ordering/hack/bench/internal/shape"
)

// Markdown is the whole report.
func Markdown(r result.Run) string {
	var text strings.Builder
	head(&text, r)
	if rows := startRows(Rows(r)); len(rows) > 0 {
		startTable(&text, rows)
		stopTable(&text, rows)
	}
	if rows := deafRows(Rows(r)); len(rows) > 0 {
		deafTable(&text, rows)
	}
	crowdTable(&text, r)
	failures(&text, r)
	return text.String()
}

func head(text *strings.Builder, r result.Run) {
	fmt.Fprintf(text, "# Benchmark\n\n%s on %s, rounds: %d, minutes: %.0f. Medians (and least–most); a cell without a spread was measured once.\n\n",
		r.Begin.UTC().Format("2006-01-02 15:04 UTC"), r.Machine, r.Rounds, r.Took/60)
	fmt.Fprintf(text, "- ours: %s, containers ordered by annotations\n", r.Versions[result.Ours])
	fmt.Fprintf(text, "- pristine: %s, the same containers as native sidecars, in order\n", r.Versions[result.Pristine])
	if len(r.Arguments) > 0 {
		fmt.Fprintf(text, "- flags: `%s`\n", strings.Join(r.Arguments, " "))
	}
}

func startTable(text *strings.Builder, rows []Row) {
	text.WriteString("\n## Start\n\nSeconds from the creation of the pod's sandbox to the start of its last container, by the container " +
		"runtime's clock. The bound is\nwhat the order and the runtime alone leave of it, stage by stage: so many containers are started at " +
		"once, the slowest of them\nwarms up, the next are started.\n\n")
	header := []string{"pod", "warm-up", "period", "containers", "bound", "ours", "pristine", "ours/bound", "pristine/bound", "ours/pristine"}
	table(text, header, 3, func(add func(...string)) {
		for _, row := range rows {
			bound := none
			if row.Bound > 0 {
				bound = fmt.Sprintf("%.2f", row.Bound)
			}
			ours, pristine := row.Ours.Start, row.Pristine.Start
			add(append(labels(row.Case), bound, seconds(ours, row.Ours.Together), seconds(pristine, row.Pristine.Together),
				ratio(ours.Median, row.Bound), ratio(pristine.Median, row.Bound), ratio(ours.Median, pristine.Median))...)
		}
	})
	togetherNote(text, rows)
}

func stopTable(text *strings.Builder, rows []Row) {
	text.WriteString("\n## Stop\n\nSeconds from the removal of the pod's manifest to the exit of its last container. All containers exit at once when they are told to.\n\n")
	table(text, []string{"pod", "warm-up", "period", "containers", "ours", "pristine", "ours/pristine"}, 3, func(add func(...string)) {
		for _, row := range rows {
			ours, pristine := row.Ours.Stop, row.Pristine.Stop
			add(append(labels(row.Case), seconds(ours, row.Ours.Together), seconds(pristine, row.Pristine.Together), ratio(ours.Median, pristine.Median))...)
		}
	})
	togetherNote(text, rows)
}

func deafTable(text *strings.Builder, rows []Row) {
	fmt.Fprintf(text, "\n## Stop of containers that ignore their signal\n\nSeconds from the removal of the pod's manifest to the end of its last container, of a chain of containers none of\n"+
		"which stops when it is told to. The pod's grace period is %d s. On ours, each container has what is left of it less 2 s for each\n"+
		"that stops after it; off is the most by which one of them ended earlier or later than that.\n\n", shape.DeafGrace)
	table(text, []string{"pod", "containers", "ours", "off", "pristine", "ours/period", "pristine/period"}, 1, func(add func(...string)) {
		for _, row := range rows {
			ours, pristine := row.Ours.Stop, row.Pristine.Stop
			add(row.Case.Shape(), fmt.Sprint(len(row.Case.Nodes())), seconds(ours, false), seconds(row.Ours.Off, false), seconds(pristine, false),
				ratio(ours.Median, shape.DeafGrace), ratio(pristine.Median, shape.DeafGrace))
		}
	})
}

func togetherNote(text *strings.Builder, rows []Row) {
	for _, row := range rows {
		if row.Ours.Together || row.Pristine.Together {
			fmt.Fprintf(text, "\n† These pods mostly sleep; on that kubelet they ran at the same time, begun %g s apart, and not in turn.\n", schedule.Stagger.Seconds())
			return
		}
	}
}

func labels(c shape.Case) []string {
	warmUp, period := none, none
	if c.Kind != shape.Ordinary {
		warmUp, period = fmt.Sprintf("%g s", c.WarmUp.Seconds()), fmt.Sprintf("%d s", c.Period)
	}
	return []string{c.Shape(), warmUp, period, fmt.Sprint(len(c.Nodes()))}
}

func failures(text *strings.Builder, r result.Run) {
	failed := r.Failures()
	if len(failed) == 0 {
		return
	}
	text.WriteString("\n## Failed\n\n")
	for _, s := range failed {
		fmt.Fprintf(text, "- round %d, %s, %s, %s: %s\n", s.Round, s.Subject, s.Case, s.Metric, s.Failure)
	}
}
