// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
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
	// procs is how many specs each node runs at the same time.
	procs int
	// nodes is how many nodes run at the same time.
	nodes int
	// slow is how many times slower than this machine's the clock of user-mode Linux runs, so that the specs' bounds of time hold there.
	slow int
	// from is a table with earlier results, or "".
	from string
	log  *progress.Log
	rows []table.Row
	// machine are those of rows that run in a machine of their own, too, because they do not pass on a node of this one.
	machine []table.Row
	// upstream is the version of Kubernetes.
	upstream string
	// gates are those of specs that need feature gates to be turned on.
	gates string
	sides []*side
}

// side is a kubelet, and what is done to its pods.
type side struct {
	name, kubelet string
	// gates are the feature gates of the kubelet.
	gates string
	// adds is what the API server adds to every pod: see test/e2e_node/container_dependencies_added_test.go.
	adds string
	// machine says that it runs in user-mode Linux.
	machine bool
	// build identifies the kubelet and its gates.
	build string
	log   *record.Log
	// mutex protects attempts.
	mutex sync.Mutex
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
	left, err := explanations(c.root, "compare.skip")
	if err != nil {
		return err
	}
	known, err := explanations(c.root, "compare.known")
	if err != nil {
		return err
	}
	elsewhere, err := explanations(c.root, "compare.machine")
	if err != nil {
		return err
	}
	specs, err := c.specs(ctx)
	if err != nil {
		return err
	}
	c.gates = choice.Gates(specs)
	for _, spec := range specs {
		c.rows = append(c.rows, table.Row{Spec: spec, LeftOut: choice.Reason(left, spec.Name), Known: choice.Reason(known, spec.Name)})
	}
	slices.SortFunc(c.rows, func(a, b table.Row) int { return strings.Compare(a.Name, b.Name) })
	if c.upstream, err = upstreamVersion(ctx, c.root); err != nil {
		return err
	}
	own, err := ownVersion(c.root, c.upstream)
	if err != nil {
		return err
	}
	c.sides = []*side{
		{name: pristine, kubelet: c.output("pristine-bin", "kubelet"), build: c.upstream},
		{name: "gate off", gates: gateOff, build: own},
		{name: gateOn, build: own},
		{name: "ordered by type", adds: "type", build: own},
		{name: "ordered as listed", adds: "list", build: own},
		{name: "with a Sidecar", adds: "sidecar", build: own},
		{name: pristine + ", machine", kubelet: c.output("pristine-bin", "kubelet"), build: c.upstream, machine: true},
		{name: "gate off, machine", gates: gateOff, build: own, machine: true},
		{name: "gate on, machine", build: own, machine: true},
	}
	for _, s := range c.sides {
		if s.kubelet == "" {
			s.kubelet = c.output("bin", "kubelet")
		}
		s.log = record.NewLog(c.output("compare"), s.name)
		if s.attempts, err = s.log.Attempts(s.build); err != nil {
			return err
		}
	}
	if err := c.resume(); err != nil {
		return err
	}
	here, _, _ := c.tables()
	c.machine = forMachine(c.rows, here.Sides[0], elsewhere)
	return nil
}

// resume takes the results that a table has, made on another machine perhaps, for the sides that have none of their own yet.
func (c *comparison) resume() error {
	if c.from == "" {
		return nil
	}
	file, err := os.Open(c.from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read earlier results: %w", err)
	}
	defer func() { _ = file.Close() }()
	read, err := table.ReadCSV(file)
	if err != nil {
		return fmt.Errorf("%s: %w", c.from, err)
	}
	for _, s := range c.sides {
		i := slices.IndexFunc(read, func(of table.Side) bool { return of.Name == s.name && of.Build == s.build })
		if i < 0 || len(s.attempts) > 0 || len(read[i].Attempts) == 0 {
			continue
		}
		s.attempts = read[i].Attempts
		for _, name := range slices.Sorted(maps.Keys(s.attempts)) {
			if err := s.log.Append(s.attempts[name]); err != nil {
				return err
			}
		}
		c.log.Printf("%s: %d specs have results in %s", s.name, len(s.attempts), c.from)
	}
	return nil
}

// The names of sides that others are compared with.
const (
	pristine = "pristine"
	gateOn   = "gate on"
)

// gateOff turns our feature gate off.
const gateOff = "ContainerDependencies=false"

// specs lists the specs of the suite, without our own.
func (c *comparison) specs(ctx context.Context) ([]report.Spec, error) {
	dir, err := os.MkdirTemp("", "compare-")
	if err != nil {
		return nil, fmt.Errorf("list the specs: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "specs.json")
	list := exec.CommandContext(ctx, c.suite(), "--ginkgo.dry-run", "--ginkgo.silence-skips", "--ginkgo.json-report="+path, "--report-dir="+dir)
	list.Dir = dir
	if output, err := list.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("list the specs of %s: %w\n%s", c.suite(), err, output)
	}
	found, err := report.NewFollower(filepath.Join(dir, report.ResultsFile)).Next()
	if err != nil {
		return nil, err
	}
	ordered := map[string]bool{}
	for _, spec := range found {
		ordered[spec.Name] = true
	}
	specs, err := report.Read(path, ordered)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(specs, func(s report.Spec) bool { return ours.MatchString(s.Name) }), nil
}

// ours matches the specs that upstream does not have.
var ours = regexp.MustCompile(`^\[sig-node\] Container Dependencies`)

// tables returns the comparison of our kubelet with the pristine one, of pods with added declarations with pods without, and the first
// in a machine of its own.
func (c *comparison) tables() (kubelets, added, machine table.Table) {
	kubelets, added, machine = table.Table{Rows: c.rows}, table.Table{Rows: c.rows}, table.Table{Rows: c.machine}
	for _, s := range c.sides {
		of := table.Side{Name: s.name, Build: s.build, Attempts: s.attempts}
		switch {
		case s.machine:
			machine.Sides = append(machine.Sides, of)
		case s.adds == "":
			kubelets.Sides = append(kubelets.Sides, of)
		}
		if s.adds != "" || s.name == gateOn {
			added.Sides = append(added.Sides, of)
		}
	}
	return kubelets, added, machine
}

// allSides returns the sides of all tables, each once.
func (c *comparison) allSides() []table.Side {
	kubelets, added, machine := c.tables()
	return slices.Concat(kubelets.Sides, added.Sides[1:], machine.Sides)
}

// compare runs the specs on each of the sides until each has run often enough. A run that fails as a whole does not end the others.
func (c *comparison) compare(ctx context.Context, sides []*side, rows []table.Row, size int) error {
	runs := choice.Runs(c.runnable(rows), size)
	begin := time.Now()
	places := newPlaces(c.nodes, len(sides))
	done := make(chan error, len(runs)*len(sides))
	started := 0
	for i, run := range runs {
		// The sides of a run follow each other, so that they see the machine as much alike as can be.
		for _, s := range sides {
			work := func(release func()) {
				defer release()
				err := c.repeatOn(ctx, s, run, fmt.Sprintf("%03d-%s", i, s.name))
				c.log.Printf("run %d of %d on %q is done, %s so far", i+1, len(runs), s.name, time.Since(begin).Round(time.Second))
				done <- err
			}
			if !scarce(run) {
				release, err := places.take(ctx, run)
				if err != nil {
					break
				}
				started++
				go work(release)
				continue
			}
			started++
			go func() {
				release, err := places.take(ctx, run)
				if err != nil {
					done <- nil
					return
				}
				work(release)
			}()
		}
	}
	var failed []error
	for range started {
		failed = append(failed, <-done)
	}
	if ctx.Err() != nil {
		failed = append(failed, errInterrupted)
	}
	return errors.Join(failed...)
}

// runnable returns the specs of the rows that are not left out, with those that must run with them.
func (c *comparison) runnable(rows []table.Row) []report.Spec {
	chosen := map[string]bool{}
	for _, row := range rows {
		chosen[row.Name] = true
	}
	var all []report.Spec
	for _, row := range c.rows {
		if row.LeftOut == "" {
			all = append(all, row.Spec)
		}
	}
	return choice.Whole(all, func(spec report.Spec) bool { return chosen[spec.Name] })
}

var errInterrupted = errors.New("interrupted: the same command goes on from here")

// repeatOn runs the specs on a kubelet until each has run often enough, or none of those that have not gets a result.
func (c *comparison) repeatOn(ctx context.Context, s *side, run choice.Run, name string) error {
	missing := -1
	for attempt := 0; ctx.Err() == nil; attempt++ {
		due, runs := s.due(run.Specs, c.times)
		if runs == 0 {
			return nil
		}
		if runs == missing {
			c.log.Printf("%s: %d results are missing after another run of %d specs from %q", s.name, runs, len(due), due[0].Name)
			return nil
		}
		missing = runs
		if err := c.runOn(ctx, s, choice.Run{Way: run.Way, Specs: due}, fmt.Sprintf("%s-%d", name, attempt)); err != nil {
			c.log.Printf("%v", err)
			return err
		}
	}
	return nil
}

// due returns those of the specs that have not run that many times, with what must run with them, and how many results are missing.
func (s *side) due(specs []report.Spec, times int) (due []report.Spec, missing int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, spec := range specs {
		missing += max(0, times-len(s.attempts[spec.Name]))
	}
	return choice.Whole(specs, func(spec report.Spec) bool { return len(s.attempts[spec.Name]) < times }), missing
}

// runOn runs specs on a kubelet, and records at least one result, or fails.
func (c *comparison) runOn(ctx context.Context, s *side, run choice.Run, name string) error {
	dir := c.output("compare", "logs", name)
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		return fmt.Errorf("make the directory of the logs: %w", err)
	}
	c.log.Printf("%s: %d specs from %q", s.name, len(run.Specs), run.Specs[0].Name)
	output, err := os.Create(filepath.Join(dir, "output.txt"))
	if err != nil {
		return fmt.Errorf("make the log of a run: %w", err)
	}
	defer func() { _ = output.Close() }()
	node := exec.CommandContext(ctx, c.output("node", "bin", "testnode"), c.arguments(s, run, dir)...)
	node.Stdout, node.Stderr = output, output
	node.Env = append(os.Environ(), "E2E_NODE_ADD_ORDER="+s.adds)
	// The node cleans up after itself when it is asked to end.
	node.Cancel = func() error { return node.Process.Signal(syscall.SIGTERM) }
	node.WaitDelay = time.Minute
	if err := node.Start(); err != nil {
		return fmt.Errorf("start a node: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- node.Wait() }()
	results := report.NewFollower(filepath.Join(dir, report.ResultsFile))
	recorded, failed := 0, 0
	for going, runErr := true, error(nil); going; {
		select {
		case runErr = <-ended:
			going = false
		case <-time.After(2 * time.Second):
		}
		attempts, err := c.record(s, run.Specs, results)
		if err != nil {
			if going {
				runErr = errors.Join(node.Cancel(), <-ended)
			}
			return errors.Join(err, runErr)
		}
		recorded += len(attempts)
		for _, a := range attempts {
			if outcome := (report.Spec{State: a.State}); !outcome.Passed() && !outcome.Skipped() {
				failed++
				c.log.Printf("%s: %s: %s: %s", s.name, a.State, a.Spec, a.Message)
			}
		}
		if !going && recorded == 0 && ctx.Err() == nil {
			return fmt.Errorf("%s: the suite ran none of %d specs from %q (%w): see %s", s.name, len(run.Specs), run.Specs[0].Name, runErr, dir)
		}
	}
	c.log.Printf("%s: %d of %d specs have ended, %d have failed", s.name, recorded, len(run.Specs), failed)
	if failed == 0 {
		_ = os.RemoveAll(dir)
	}
	return nil
}

// inMachine are the arguments of testnode that precede those of a run in a machine of its own.
func (c *comparison) inMachine() []string {
	// The machine has to start before the suite, and to end after it.
	limit := c.limit + 10*time.Minute
	return []string{"machine", "-slow", strconv.Itoa(c.slow), "-limit", limit.String(), "--", c.output("node", "bin", "testnode")}
}

// diskSize is that of a node's own disk in GiB: specs that fill it wait for pods to write 4, or to use 100,000 inodes.
const diskSize = "8"

// arguments are those of testnode.
func (c *comparison) arguments(s *side, run choice.Run, dir string) []string {
	args := []string{"e2e", "-kubelet", s.kubelet, "-test", c.suite(), "-report-dir", dir, "-focus", choice.Focus(run.Specs)}
	switch {
	case s.machine:
		// It has one processor, and a disk of its own.
		args = append(append(c.inMachine(), args...), "-systemd", "-timeout", (c.limit / time.Duration(c.slow)).String())
	default:
		args = append(args, "-timeout", c.limit.String())
		if !run.Serial {
			args = append(args, "-procs", strconv.Itoa(c.procs))
		}
		if run.Disk {
			args = append(args, "-disk", diskSize)
		}
	}
	gates := s.gates
	if run.Gates {
		gates = strings.Trim(gates+","+c.gates, ",")
		args = append(args, "-service-feature-gates", c.gates)
	}
	if gates != "" {
		args = append(args, "-feature-gates", gates)
	}
	args = append(args, "--")
	if run.Standalone {
		args = append(args, "--standalone-mode=true")
	}
	if run.CRIProxy {
		args = append(args, "--cri-proxy-enabled=true")
	}
	return args
}

// record records the results of these specs since the last call.
func (c *comparison) record(s *side, specs []report.Spec, results *report.Follower) ([]record.Attempt, error) {
	ended, err := results.Next()
	if err != nil {
		return nil, err
	}
	attempts := s.attemptsOf(specs, ended, c.limit)
	if len(attempts) == 0 {
		return nil, nil
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.attempts == nil {
		s.attempts = map[string][]record.Attempt{}
	}
	for _, a := range attempts {
		s.attempts[a.Spec] = append(s.attempts[a.Spec], a)
	}
	return attempts, s.log.Append(attempts)
}

// attemptsOf returns the attempts of these specs among the results of a run that was limited. What was interrupted has no result,
// nor what was cut short by the limit of the run, unless it alone took half of it.
func (s *side) attemptsOf(specs, results []report.Spec, limit time.Duration) []record.Attempt {
	var attempts []record.Attempt
	for _, r := range results {
		i := slices.IndexFunc(specs, func(spec report.Spec) bool { return spec.Name == r.Name })
		cut := r.State == "timedout" && strings.Contains(r.Message, "suite timeout") && r.Took < limit/2
		// A spec that takes no time has not run, and says why if that was not in a dry run.
		if i < 0 || cut || r.Took == 0 && r.Message == "" || r.State == "interrupted" || r.State == "aborted" {
			continue
		}
		attempts = append(attempts, record.Attempt{Spec: r.Name, Group: specs[i].Group, State: r.State, Seconds: r.Took.Seconds(),
			Message: r.Message, Kubelet: s.build, Ended: time.Now().UTC()})
	}
	return attempts
}
