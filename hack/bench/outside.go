// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/schedule"
	"kubelet-ordering/hack/internal/jsonfile"
	"kubelet-ordering/hack/internal/onnode"
)

// outside runs this program again on a node for each job, and reports the results, including those from before an interruption or a
// failure.
func outside(o options) (int, error) {
	jobs := schedule.Plan(o.plan)
	if o.dryRun {
		dryRun(o, jobs)
		return 0, nil
	}
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return 1, fmt.Errorf("make a place for measurements: %w", err)
	}
	defer os.RemoveAll(dir)
	if o.profiles != "" {
		if o.profiles, err = filepath.Abs(o.profiles); err != nil {
			return 1, fmt.Errorf("-profiles: %w", err)
		}
		if err := os.MkdirAll(o.profiles, 0o755); err != nil {
			return 1, fmt.Errorf("make the directory for profiles: %w", err)
		}
	}
	r, err := begin(&o, dir)
	if err != nil {
		return 1, err
	}
	samples := filepath.Join(dir, "samples")
	code, err := work(o, r.Begin, jobs, dir, samples)
	r.Took = time.Since(r.Begin).Seconds()
	var reading error
	if r.Samples, reading = jsonfile.ReadLines[result.Sample](samples); reading != nil {
		return 1, errors.Join(err, reading)
	}
	if len(r.Samples) == 0 {
		return code, err
	}
	telling := tell(o, r)
	if len(r.Failures()) > 0 {
		code = max(code, 1)
	}
	return code, errors.Join(err, telling)
}

// begin returns what is known before the run, and copies the kubelets to the directory: the run measures the copies, even if somebody
// builds new kubelets in the meantime.
func begin(o *options, dir string) (result.Run, error) {
	r := result.Run{
		Begin: time.Now(), Machine: result.ThisMachine(), Arguments: o.arguments, Rounds: o.plan.Rounds, Cases: o.plan.Cases,
		Crowd: o.plan.Crowd, Rest: o.plan.Rest.Seconds(), Neighbors: o.plan.Hostile, Beside: o.plan.Beside, Tenants: o.plan.Ordinary,
		Versions: map[result.Subject]string{},
	}
	for subject, path := range map[result.Subject]*string{result.Ours: &o.kubelet, result.Pristine: &o.pristine} {
		program, err := os.ReadFile(*path)
		if err != nil {
			return r, fmt.Errorf("copy the kubelet (hack/bench.sh builds it): %w", err)
		}
		*path = filepath.Join(dir, "kubelet-"+string(subject))
		if err := os.WriteFile(*path, program, 0o755); err != nil {
			return r, fmt.Errorf("copy the kubelet: %w", err)
		}
		output, err := exec.Command(*path, "--version").Output()
		if err != nil {
			return r, fmt.Errorf("ask the kubelet of %s for its version (is it one?): %w", subject, err)
		}
		r.Versions[subject] = strings.TrimSpace(string(output))
	}
	return r, nil
}

// work does each job on a node of its own, those of a group at the same time.
func work(o options, begin time.Time, jobs []schedule.Job, dir, samples string) (code int, err error) {
	// One program tells one node about signals, so that jobs at the same time need as many.
	var programs []*onnode.Program
	defer func() {
		for _, p := range programs {
			err = errors.Join(err, p.Close())
		}
	}()
	done := 0
	for group := range groups(jobs) {
		outcomes := make(chan outcome, len(group))
		for i, job := range group {
			if i == len(programs) {
				program, code, err := onnode.Build()
				if code != 0 || err != nil {
					return code, err
				}
				programs = append(programs, program)
			}
			job.Results, job.Profiles, job.Progress.Begin = samples, o.profiles, begin
			done++
			job.Progress.Say("node %d of %d comes up", done, len(jobs))
			path := filepath.Join(dir, fmt.Sprintf("job-%d", done))
			if err := jsonfile.Write(path, job); err != nil {
				return 1, err
			}
			kubelet := o.kubelet
			if job.Subject != result.Ours {
				kubelet = o.pristine
			}
			go func() { outcomes <- do(programs[i], job, kubelet, path) }()
		}
		for range group {
			ended := <-outcomes
			code, err = max(code, ended.code), errors.Join(err, ended.err)
		}
		if code != 0 || err != nil {
			return code, err
		}
	}
	return 0, nil
}

// outcome is how a job ended.
type outcome struct {
	code int
	err  error
}

// do does a job on a node.
func do(testnode *onnode.Program, job schedule.Job, kubelet, path string) outcome {
	run := testnode.Run
	if inCluster(job) {
		run = testnode.RunInCluster
	}
	code, err := run(flags(job, kubelet), []string{"-job", path})
	switch {
	case code > signalled:
		return outcome{code, errors.New("interrupted")}
	case code != 0 || err != nil:
		return outcome{code, errors.Join(fmt.Errorf("%s: the node ended with code %d", job.Progress.Title, code), err)}
	}
	return outcome{}
}

// groups returns the jobs in order, those of a group together.
func groups(jobs []schedule.Job) iter.Seq[[]schedule.Job] {
	return func(yield func([]schedule.Job) bool) {
		for len(jobs) > 0 {
			n := 1
			for n < len(jobs) && jobs[0].Group != 0 && jobs[n].Group == jobs[0].Group {
				n++
			}
			if !yield(jobs[:n]) {
				return
			}
			jobs = jobs[n:]
		}
	}
}

// inCluster reports whether the job needs an API server.
func inCluster(job schedule.Job) bool { return job.Crowd != nil && job.Crowd.Drained }

// flags returns the flags of the node for the job. Events are in the kubelet's log from level 3 on, the steps of starts from level 4.
func flags(job schedule.Job, kubelet string) []string {
	node := []string{"-kubelet", kubelet}
	switch {
	case job.Tenants != nil:
		node = append(node, "-v", "3")
	case job.Pods != nil && job.Pods.Breakdown:
		node = append(node, "-v", "4")
	}
	return node
}

func dryRun(o options, jobs []schedule.Job) {
	for _, c := range o.plan.Cases {
		fmt.Println(c.Name())
	}
	for _, job := range jobs {
		fmt.Println(job.Progress.Title)
	}
}
