// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"
)

// report is the result of one soak.
type report struct {
	Options                                           options
	Pods, Incidents, KubeletRestarts, RuntimeRestarts int
	Took                                              time.Duration
	// Happened counts what the checker saw. What did not happen was not tested.
	Happened map[string]int
	// Violations are those of guarantees, Late is what took too long, and Left is what is left of the pods.
	Violations, Late, Left []string
	// Races are the data races that a kubelet under the race detector has reported.
	Races []string
	// Leases counts the leases of containerds that were killed which the soak has ended.
	Leases int
	// UpstreamRaces counts those that the pristine kubelet has as well.
	UpstreamRaces int
	// Before and After are the kubelet's metrics.
	Before, After map[string]float64
}

// verdict returns an error if the soak has failed.
func (r *report) verdict() error {
	var failures []error
	for what, found := range map[string][]string{"violations of guarantees": r.Violations, "things too late": r.Late, "things left": r.Left,
		"data races": r.Races} {
		if len(found) > 0 {
			failures = append(failures, fmt.Errorf("%d %s", len(found), what))
		}
	}
	if r.Options.Ordered && r.Happened["gate checked"]+r.Happened["stop checked"] == 0 {
		failures = append(failures, errors.New("the checker has seen nothing: the log of the calls must be missing"))
	}
	return errors.Join(failures...)
}

func (r *report) print(w io.Writer) {
	fmt.Fprintf(w, "%d pods in %s: %d incidents, the kubelet restarted %d times, the runtime %d times\n", r.Pods, r.Took, r.Incidents,
		r.KubeletRestarts, r.RuntimeRestarts)
	for _, part := range []struct {
		title string
		found []string
	}{{"violations of guarantees", r.Violations}, {"too late", r.Late}, {"left of the pods", r.Left}, {"data races", r.Races}} {
		fmt.Fprintf(w, "%s: %d\n", part.title, len(part.found))
		for i, line := range part.found {
			if i == 40 {
				fmt.Fprintf(w, "  ... and %d more, in the report\n", len(part.found)-i)
				break
			}
			fmt.Fprintln(w, " ", line)
		}
	}
	if r.Leases > 0 {
		fmt.Fprintf(w, "leases of killed containerds that were ended: %d\n", r.Leases)
	}
	if r.UpstreamRaces > 0 {
		fmt.Fprintf(w, "data races of upstream's that are known: %d\n", r.UpstreamRaces)
	}
}

// The growth of a kubelet's goroutines and files that is noise: idle connections and workers that wait for their next turn.
const noise = 15

// compareCommand compares the reports of soaks with the last one, which is that of unordered pods on the pristine kubelet.
func compareCommand(args []string) error {
	flags := flag.NewFlagSet("compare", flag.ExitOnError)
	_ = flags.Parse(args)
	var reports []report
	for _, dir := range flags.Args() {
		text, err := os.ReadFile(filepath.Join(dir, "report.json"))
		if err != nil {
			return fmt.Errorf("read a report (has that soak ended?): %w", err)
		}
		var r report
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("decode the report in %q: %w", dir, err)
		}
		reports = append(reports, r)
	}
	if len(reports) < 2 {
		return errors.New("name the directories of at least two soaks, the one to compare with last")
	}
	reference := reports[len(reports)-1]
	table := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "\t")
	for _, dir := range flags.Args() {
		fmt.Fprintf(table, "%s\t", filepath.Base(dir))
	}
	row := func(title string, value func(report) string) {
		fmt.Fprintf(table, "\n%s\t", title)
		for _, r := range reports {
			fmt.Fprintf(table, "%s\t", value(r))
		}
	}
	count := func(of func(report) int) func(report) string {
		return func(r report) string { return fmt.Sprint(of(r)) }
	}
	row("pods", count(func(r report) int { return r.Pods }))
	row("incidents", count(func(r report) int { return r.Incidents }))
	row("violations", count(func(r report) int { return len(r.Violations) }))
	row("too late", count(func(r report) int { return len(r.Late) }))
	row("things left", count(func(r report) int { return len(r.Left) }))
	row("data races", count(func(r report) int { return len(r.Races) }))
	for _, name := range metricNames {
		row(name, func(r report) string { return fmt.Sprintf("%.0f → %.0f", r.Before[name], r.After[name]) })
	}
	fmt.Fprintln(table)
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	var failures []error
	for i, r := range reports[:len(reports)-1] {
		failures = append(failures, r.verdict())
		for _, name := range []string{"go_goroutines", "process_open_fds"} {
			if more := growth(r, name) - growth(reference, name); more > noise {
				failures = append(failures, fmt.Errorf("%s: %s grew by %.0f more than with unordered pods on the pristine kubelet",
					flags.Arg(i), name, more))
			}
		}
	}
	return errors.Join(failures...)
}

func growth(r report, name string) float64 { return r.After[name] - r.Before[name] }
