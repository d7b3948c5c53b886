// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"kubelet-ordering/hack/compare/internal/choice"
	"kubelet-ordering/hack/compare/internal/record"
	"kubelet-ordering/hack/compare/internal/report"
	"kubelet-ordering/hack/compare/internal/table"
	"kubelet-ordering/hack/internal/progress"
)

// comparison is one call of the program.
type comparison struct {
	root  string
	limit time.Duration
	times int
	// together means that the kubelets run the specs side by side.
	together bool
	log      *progress.Log
	rows     []table.Row
	sides    []*side
}

// side is a kubelet.
type side struct {
	name, kubelet string
	// gates are the feature gates of the kubelet.
	gates string
	// build identifies the kubelet: the beginning of its SHA-256 sum, and the gates.
	build string
	log   *record.Log
	// attempts are the results so far, by spec.
	attempts map[string][]record.Attempt
}

func (c *comparison) output(names ...string) string {
	return filepath.Join(append([]string{c.root, "_output"}, names...)...)
}

// suite is the test binary. It is ours for each kubelet, because its flags know our feature gate; upstream's specs are the same in
// it.
func (c *comparison) suite() string { return c.output("bin", "e2e_node.test") }

// prepare reads the specs of the suite, and the results so far.
func (c *comparison) prepare(ctx context.Context) error {
	left, err := leftOut(c.root)
	if err != nil {
		return err
	}
	specs, err := c.specs(ctx)
	if err != nil {
		return err
	}
	for _, spec := range specs {
		c.rows = append(c.rows, table.Row{Spec: spec, LeftOut: choice.Reason(left, spec.Name)})
	}
	slices.SortFunc(c.rows, func(a, b table.Row) int { return strings.Compare(a.Name, b.Name) })
	for i, name := range sideNames {
		s := &side{name: name, kubelet: c.output("bin", "kubelet"), log: record.NewLog(c.output("compare"), name)}
		switch i {
		case 0:
			s.kubelet = c.output("pristine-bin", "kubelet")
		case 1:
			s.gates = "ContainerDependencies=false"
		}
		sum, err := sum(s.kubelet)
		if err != nil {
			return err
		}
		s.build = sum + " " + s.gates
		if s.attempts, err = s.log.Attempts(s.build); err != nil {
			return err
		}
		c.sides = append(c.sides, s)
	}
	return nil
}

// specs lists the specs of the suite, without our own.
func (c *comparison) specs(ctx context.Context) ([]report.Spec, error) {
	dir, err := os.MkdirTemp("", "compare-")
	if err != nil {
		return nil, fmt.Errorf("list the specs: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "specs.json")
	list := exec.CommandContext(ctx, c.suite(), "--ginkgo.dry-run", "--ginkgo.silence-skips", "--ginkgo.json-report="+path)
	list.Dir = dir
	if output, err := list.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("list the specs of %s: %w\n%s", c.suite(), err, output)
	}
	specs, err := report.Read(path)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(specs, func(s report.Spec) bool { return ours.MatchString(s.Name) }), nil
}

func (c *comparison) table() table.Table {
	t := table.Table{Rows: c.rows}
	for _, s := range c.sides {
		t.Sides = append(t.Sides, table.Side{Name: s.name, Attempts: s.attempts})
	}
	return t
}

// compare runs the specs on each kubelet until each has run often enough.
func (c *comparison) compare(ctx context.Context, rows []table.Row, size int) error {
	var specs []report.Spec
	for _, row := range rows {
		if row.LeftOut == "" {
			specs = append(specs, row.Spec)
		}
	}
	runs := choice.Runs(specs, size)
	begin := time.Now()
	for i, run := range runs {
		// One at a time, or all at once.
		sides, done := make(chan struct{}, len(c.sides)), make(chan error, len(c.sides))
		for range cap(sides) {
			sides <- struct{}{}
			if !c.together {
				break
			}
		}
		runCtx, cancel := context.WithCancel(ctx)
		for _, s := range c.sides {
			go func() {
				<-sides
				defer func() { sides <- struct{}{} }()
				err := c.repeatOn(runCtx, s, run, fmt.Sprintf("%03d-%s", i, s.name))
				if err != nil {
					cancel()
				}
				done <- err
			}()
		}
		var errs []error
		for range c.sides {
			errs = append(errs, <-done)
		}
		cancel()
		if err := errors.Join(errs...); err != nil {
			return err
		}
		c.log.Printf("%d of %d runs done, %s so far", i+1, len(runs), time.Since(begin).Round(time.Second))
	}
	return nil
}

// repeatOn runs the specs on a kubelet until each has run often enough.
func (c *comparison) repeatOn(ctx context.Context, s *side, specs []report.Spec, name string) error {
	for attempt := 0; ; attempt++ {
		due := slices.DeleteFunc(slices.Clone(specs), func(spec report.Spec) bool { return len(s.attempts[spec.Name]) >= c.times })
		if len(due) == 0 {
			return nil
		}
		if err := c.runOn(ctx, s, due, fmt.Sprintf("%s-%d", name, attempt)); err != nil {
			return err
		}
	}
}

// runOn runs specs on a kubelet, and records at least one result, or fails.
func (c *comparison) runOn(ctx context.Context, s *side, specs []report.Spec, name string) error {
	dir := c.output("compare", "logs", name)
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return fmt.Errorf("make the directory of the logs: %w", err)
	}
	c.log.Printf("%s: %d specs from %q", s.name, len(specs), specs[0].Name)
	output, err := os.Create(filepath.Join(dir, "output.txt"))
	if err != nil {
		return fmt.Errorf("make the log of a run: %w", err)
	}
	defer func() { _ = output.Close() }()
	path := filepath.Join(dir, "report.json")
	args := []string{"e2e", "-kubelet", s.kubelet, "-test", c.suite(), "-report-dir", dir, "-timeout", c.limit.String(),
		"-focus", choice.Focus(specs)}
	if s.gates != "" {
		args = append(args, "-feature-gates", s.gates)
	}
	run := exec.CommandContext(ctx, c.output("node", "bin", "testnode"), append(args, "--", "--ginkgo.json-report="+path)...)
	run.Stdout, run.Stderr = output, output
	// The node cleans up after itself when it is asked to end.
	run.Cancel = func() error { return run.Process.Signal(syscall.SIGTERM) }
	run.WaitDelay = time.Minute
	runErr := run.Run()
	interrupted := ctx.Err() != nil
	results, err := report.Read(path)
	if err != nil && interrupted {
		return errInterrupted
	}
	if err != nil {
		return fmt.Errorf("%s: the suite left no report (%w): see %s", s.name, errors.Join(runErr, err), output.Name())
	}
	attempts := s.attemptsOf(specs, results)
	if len(attempts) == 0 && !interrupted {
		return fmt.Errorf("%s: the suite ran none of its specs (%w): see %s", s.name, runErr, output.Name())
	}
	if err := s.log.Append(attempts); err != nil {
		return err
	}
	if s.attempts == nil {
		s.attempts = map[string][]record.Attempt{}
	}
	failed := 0
	for _, a := range attempts {
		s.attempts[a.Spec] = append(s.attempts[a.Spec], a)
		if outcome := (report.Spec{State: a.State}); !outcome.Passed() && !outcome.Skipped() {
			failed++
			c.log.Printf("%s: %s: %s: %s", s.name, a.State, a.Spec, a.Message)
		}
	}
	if failed == 0 {
		_ = os.RemoveAll(dir)
	}
	if interrupted {
		return errInterrupted
	}
	return nil
}

var errInterrupted = errors.New("interrupted: the same command goes on from here")

// attemptsOf returns the attempts of these specs among all results. The suite also reports as skipped what it was not to run, and
// what it did not come to; only what skips itself says why. What was interrupted has no result.
func (s *side) attemptsOf(specs, results []report.Spec) []record.Attempt {
	var attempts []record.Attempt
	for _, r := range results {
		if !slices.ContainsFunc(specs, func(spec report.Spec) bool { return spec.Name == r.Name }) || r.Skipped() && r.Message == "" ||
			r.State == "interrupted" || r.State == "aborted" {
			continue
		}
		attempts = append(attempts, record.Attempt{Spec: r.Name, Group: r.Group, State: r.State, Seconds: r.Took.Seconds(), Message: r.Message,
			Kubelet: s.build, Ended: time.Now().UTC()})
	}
	return attempts
}

// sum returns the beginning of the SHA-256 sum of a file.
func sum(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the kubelet: %w", err)
	}
	defer func() { _ = file.Close() }()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", fmt.Errorf("read the kubelet: %w", err)
	}
	return hex.EncodeToString(hash.Sum(nil))[:16], nil
}

// ours matches the specs that upstream does not have.
var ours = regexp.MustCompile(`^\[sig-node\] Container Dependencies`)
