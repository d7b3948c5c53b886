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

// sideNames are the kubelets, in the order of the table.
var sideNames = []string{"pristine", "gate off", "gate on"}

func run(ctx context.Context) error {
	root, err := repository.Root()
	if err != nil {
		return err
	}
	focus := flag.String("focus", "", "compare only the specs that match this expression")
	skip := flag.String("skip", "", "do not compare the specs that match this expression")
	size := flag.Int("size", 25, "of a run of the suite, in specs")
	limit := flag.Duration("timeout", 40*time.Minute, "of a run of the suite")
	times := flag.Int("times", 1, "how often each spec is to have run on each kubelet; those before count")
	together := flag.Bool("together", false, "run the kubelets side by side: faster, but specs that fill the node disturb one another")
	differing := flag.Bool("differing", false, "compare only the specs whose results differ so far")
	list := flag.Bool("list", false, "only list the specs, with the results so far")
	summary := flag.String("summary", "", "write the summary of all results to this file, as Markdown; the table of all specs goes beside it, as CSV")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: see -h", flag.Arg(0))
	}
	if *size < 1 || *times < 1 {
		return errors.New("-size and -times must be at least 1")
	}
	include, err := regexp.Compile(*focus)
	if err != nil {
		return fmt.Errorf("-focus: %w", err)
	}
	exclude, err := regexp.Compile(*skip)
	if err != nil {
		return fmt.Errorf("-skip: %w", err)
	}

	c := &comparison{root: root, limit: *limit, times: *times, together: *together, log: progress.New("compare", os.Stderr)}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	chosen := c.rows[:0:0]
	for _, row := range c.rows {
		if include.MatchString(row.Name) && (*skip == "" || !exclude.MatchString(row.Name)) && (!*differing || c.table().Differ(row.Name)) {
			chosen = append(chosen, row)
		}
	}
	if len(chosen) == 0 {
		return errors.New("no spec matches: see -list")
	}
	if *list {
		return table.Table{Sides: c.table().Sides, Rows: chosen}.CSV(os.Stdout)
	}
	if err := c.compare(ctx, chosen, *size); err != nil {
		return err
	}
	t := c.table()
	if *summary != "" {
		return write(*summary, t)
	}
	return t.Summary(os.Stdout)
}

// write writes the summary, and the table beside it.
func write(path string, t table.Table) (err error) {
	for path, render := range map[string]func(*os.File) error{
		path: func(f *os.File) error {
			if _, err := f.WriteString(heading()); err != nil {
				return fmt.Errorf("write the summary: %w", err)
			}
			return t.Summary(f)
		},
		path[:len(path)-len(filepath.Ext(path))] + ".csv": func(f *os.File) error { return t.CSV(f) },
	} {
		file, err := os.Create(path)
		if err != nil {
			return fmt.Errorf("write the results: %w", err)
		}
		if err := errors.Join(render(file), file.Close()); err != nil {
			return err
		}
	}
	return nil
}

// leftOut returns the specs that cannot run on a test node.
func leftOut(root string) ([]choice.LeftOut, error) {
	path := filepath.Join(root, "hack", "compare.skip")
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read what is left out: %w", err)
	}
	defer func() { _ = file.Close() }()
	left, err := choice.ReadLeftOut(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return left, nil
}
