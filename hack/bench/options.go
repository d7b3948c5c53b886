// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"kubelet-ordering/hack/bench/internal/schedule"
)

// options are the validated flags.
type options struct {
	arguments           []string
	kubelet, pristine   string
	json, svg, gobench  string
	profiles            string
	from                string
	job                 string
	plan                schedule.Options
	parts               string
	quick, full, dryRun bool
}

func parse(args []string) (options, error) {
	o := options{arguments: args}
	var only string
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	flags.Usage = func() {
		fmt.Fprint(os.Stderr, "usage: go run ./hack/bench [flags]\n\n"+
			"Measures pods on our kubelet and on the pristine one, in turn. On 2 cores it takes about 40\n"+
			"minutes, -quick 8, -full two hours and a half.\n\n")
		flags.PrintDefaults()
	}
	flags.BoolVar(&o.quick, "quick", false, "a few pods, starts and stops only")
	flags.BoolVar(&o.full, "full", false, "all pods, and all of them in each of 5 rounds")
	flags.IntVar(&o.plan.Rounds, "rounds", 0, "how often to measure (default: 3, with -full 5)")
	flags.StringVar(&o.parts, "part", "",
		"comma-separated parts of the run, of start,where,many,load,drain,tenant (default: start,many,load, with -quick start)")
	flags.StringVar(&only, "only", "", "of the pods of the parts start and where those whose names, such as chain-4-300ms-p10, match this expression")
	flags.IntVar(&o.plan.Crowd, "pods", 100, "how many pods are many, at most 100")
	flags.IntVar(&o.plan.Beside, "beside", 0, "how many pods at rest are on the node in the part where, at most 100")
	flags.DurationVar(&o.plan.Rest, "rest", time.Minute,
		"how long to watch the kubelet with many pods at rest, and again under churn, and with tenants")
	flags.IntVar(&o.plan.Hostile, "hostile", 30, "how many hostile pods the part tenant has, or idle ones to compare with")
	flags.IntVar(&o.plan.Ordinary, "ordinary", 20, "how many ordinary pods the part tenant has beside them")
	flags.StringVar(&o.kubelet, "kubelet", "_output/bin/kubelet", "our kubelet")
	flags.StringVar(&o.pristine, "pristine", "_output/pristine-bin/kubelet", "the pristine kubelet")
	flags.StringVar(&o.json, "json", "_output/bench/results.json", "where the raw results go")
	flags.StringVar(&o.svg, "svg", "", "draw the starts into this file")
	flags.StringVar(&o.gobench, "gobench", "", "write what was measured into this file in Go's benchmark format, for benchstat")
	flags.StringVar(&o.profiles, "profiles", "",
		"keep profiles of the kubelets in this directory, of their time, heap and goroutines, with their memory as the kernel sees it, in the parts many, load and tenant; they cost a little")
	flags.StringVar(&o.from, "from", "", "measure nothing: report the results of an earlier run in this file, which -json has written")
	flags.BoolVar(&o.dryRun, "dry-run", false, "say what would be done")
	flags.StringVar(&o.job, "job", "", "for this program's own use on a node")
	_ = flags.Parse(args)
	if flags.NArg() > 0 {
		return o, fmt.Errorf("argument %q is not known: see -h", flags.Arg(0))
	}
	return o, o.judge(only)
}

func (o *options) judge(only string) error {
	if o.quick && o.full {
		return fmt.Errorf("-quick and -full exclude each other: give one of them")
	}
	set, rounds, parts := schedule.Default, 3, "start,many,load"
	o.plan.Once = time.Minute
	switch {
	case o.quick:
		set, parts, o.plan.Once = schedule.Quick, "start", 15*time.Second
	case o.full:
		set, rounds, o.plan.Once, o.plan.EveryLoad = schedule.Full, 5, 0, true
	}
	if o.plan.Rounds == 0 {
		o.plan.Rounds = rounds
	}
	if o.parts == "" {
		o.parts = parts
	}
	for part := range strings.SplitSeq(o.parts, ",") {
		if !slices.Contains(schedule.Parts, schedule.Part(part)) {
			return fmt.Errorf("part %q is not known: give some of start,where,many,load,drain,tenant with -part", part)
		}
		o.plan.Parts = append(o.plan.Parts, schedule.Part(part))
	}
	expression, err := regexp.Compile(only)
	switch {
	case err != nil:
		return fmt.Errorf("-only is no regular expression: %w", err)
	case o.plan.Rounds < 1:
		return fmt.Errorf("-rounds %d: give at least 1", o.plan.Rounds)
	case o.plan.Crowd < 1 || o.plan.Crowd > 100:
		return fmt.Errorf("-pods %d: give 1 to 100, as a kubelet runs 110 pods at most and some are replaced", o.plan.Crowd)
	case o.plan.Beside < 0 || o.plan.Beside > 100:
		return fmt.Errorf("-beside %d: give 0 to 100, as a kubelet runs 110 pods at most", o.plan.Beside)
	case o.plan.Hostile < 1 || o.plan.Ordinary < 1 || o.plan.Hostile+o.plan.Ordinary > 100:
		return fmt.Errorf("-hostile %d, -ordinary %d: give 1 or more of each, and at most 100 together", o.plan.Hostile, o.plan.Ordinary)
	case o.plan.Rest < time.Second:
		return fmt.Errorf("-rest %v: give at least 1s", o.plan.Rest)
	}
	o.plan.Cases = schedule.Cases(set, expression)
	if len(o.plan.Cases) == 0 && (slices.Contains(o.plan.Parts, schedule.Start) || slices.Contains(o.plan.Parts, schedule.Where)) {
		return fmt.Errorf("no pod's name matches -only %q: see the names with -dry-run", only)
	}
	return nil
}
