// SPDX-License-Identifier: Apache-2.0

// Command compare runs upstream's node specs on the pristine kubelet and on ours, with the feature gate off and on, on a node of
// hack/testnode, and tells where the results differ. Each run of the suite has some specs, and each kubelet gets them in turn, so that
// all see the same machine. It records every result at once: a command that is repeated after an interruption goes on where it
// was. See hack/compare.sh.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"kubelet-ordering/hack/compare/internal/choice"
	"kubelet-ordering/hack/compare/internal/table"
	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/internal/repository"
)

func main() { os.Exit(mainCode()) }

func mainCode() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		return 1
	}
	return 0
}

func run(ctx context.Context) error {
	root, err := repository.Root()
	if err != nil {
		return err
	}
	focus := flag.String("focus", "", "compare only the specs that match this expression")
	skip := flag.String("skip", "", "do not compare the specs that match this expression")
	size := flag.Int("size", 40, "of a run of the suite, in specs")
	limit := flag.Duration("timeout", 90*time.Minute, "of a run of the suite")
	times := flag.Int("times", 1, "how often each spec is to have run on each kubelet; those before count")
	procs := flag.Int("procs", 3, "how many specs a kubelet runs at the same time")
	nodes := flag.Int("nodes", 3, "how many nodes run at the same time, except with specs that fill the machine; more than three need a higher "+
		"fs.inotify.max_user_instances than the usual 128")
	differing := flag.Bool("differing", false, "compare only the specs whose results differ so far")
	failing := flag.Bool("failing", false, "compare only the specs that have failed on a kubelet so far")
	added := flag.Bool("added", false, "run on our kubelet with declarations of order added to each pod, instead of the comparison with upstream's")
	inMachine := flag.Bool("machine", false, "run the specs that need another machine, which hack/compare.machine names, in user-mode Linux; many may run side by side, as they wait most of the time")
	slow := flag.Int("slow", 4, "how many times slower than this machine's the clock of user-mode Linux runs, so that bounds of time hold there")
	list := flag.Bool("list", false, "only list the specs, with the results so far")
	from := flag.String("from", filepath.Join(root, "docs", "upstream-specs.csv"),
		"a table of earlier results of the same kubelets, to go on from where this machine has none; \"\" for none")
	summary := flag.String("summary", "", "run nothing, but write the summary of all results to this file, as Markdown; the table of all specs goes beside it, as CSV")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: see -h", flag.Arg(0))
	}
	if *size < 1 || *times < 1 || *procs < 1 || *nodes < 1 || *slow < 1 {
		return errors.New("-size, -times, -procs, -nodes and -slow must be at least 1")
	}
	include, err := regexp.Compile(*focus)
	if err != nil {
		return fmt.Errorf("-focus: %w", err)
	}
	exclude, err := regexp.Compile(*skip)
	if err != nil {
		return fmt.Errorf("-skip: %w", err)
	}

	c := &comparison{root: root, limit: *limit, times: *times, procs: *procs, nodes: *nodes, slow: *slow, from: *from,
		log: progress.New("compare", os.Stderr)}
	if !*list && *summary == "" {
		// Before the results are read.
		release, err := takeTurn(c.output("compare"))
		if err != nil {
			return err
		}
		defer release()
	}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	if *added && *inMachine {
		return errors.New("-added and -machine exclude each other")
	}
	compared := func() table.Table {
		kubelets, withAdded, machine := c.tables()
		switch {
		case *added:
			return withAdded
		case *inMachine:
			return machine
		}
		return kubelets
	}
	results := compared()
	var chosen []table.Row
	for _, row := range results.Rows {
		if include.MatchString(row.Name) && (*skip == "" || !exclude.MatchString(row.Name)) &&
			(!*differing || results.Differ(row.Name)) && (!*failing || results.Fails(row.Name)) {
			chosen = append(chosen, row)
		}
	}
	if len(chosen) == 0 && *summary == "" {
		return errors.New("no spec matches: see -list")
	}
	if *list {
		return table.Table{Sides: c.allSides(), Rows: chosen}.CSV(os.Stdout)
	}
	if *summary != "" {
		return c.write(*summary)
	}
	var sides []*side
	for _, s := range c.sides {
		if (s.adds != "") == *added && s.machine == *inMachine {
			sides = append(sides, s)
		}
	}
	return errors.Join(c.compare(ctx, sides, chosen, *size), compared().Summary(os.Stdout, "##"))
}

// write writes the summary of all results, and the table of all specs beside it.
func (c *comparison) write(path string) error {
	kubelets, added, machine := c.tables()
	var text strings.Builder
	text.WriteString(heading(c.upstream))
	for _, part := range []struct {
		heading, level string
		table.Table
	}{{"", "##", kubelets}, {machineHeading, "###", machine}, {addedHeading, "###", added.Ran()}} {
		text.WriteString(part.heading)
		if err := part.Summary(&text, part.level); err != nil {
			return err
		}
	}
	var rows strings.Builder
	if err := (table.Table{Sides: c.allSides(), Rows: c.rows}).CSV(&rows); err != nil {
		return err
	}
	for path, content := range map[string]string{
		path: text.String(), strings.TrimSuffix(path, filepath.Ext(path)) + ".csv": rows.String(),
	} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return fmt.Errorf("write the results: %w", err)
		}
	}
	return nil
}

// explanations reads a file of explanations of specs.
func explanations(root, name string) ([]choice.Explanation, error) {
	path := filepath.Join(root, "hack", name)
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read explanations of specs: %w", err)
	}
	defer func() { _ = file.Close() }()
	read, err := choice.ReadExplanations(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return read, nil
}
