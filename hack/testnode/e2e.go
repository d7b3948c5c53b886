// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kubelet-ordering/hack/testnode/internal/node"
	"kubelet-ordering/hack/testnode/internal/suite"
)

func e2eCommand(args []string) (int, error) {
	here, err := findPlaces()
	if err != nil {
		return 1, err
	}
	flags := flag.NewFlagSet("e2e", flag.ExitOnError)
	kubelet := flags.String("kubelet", here.in("bin", "kubelet"), "the kubelet to test")
	test := flags.String("test", here.in("bin", "e2e_node.test"), "upstream's test binary")
	report := flags.String("report-dir", here.in("node", "report"), "where reports and logs go")
	root := flags.String("root", "", "the root directory, which must not exist (default: a new one in "+here.runBase()+")")
	keep := flags.Bool("keep", false, "leave the root directory with all logs in place at the end")
	options := suite.Options{}
	flags.Var((*list)(&options.Focus), "focus", "run specs that match this expression; may be repeated")
	flags.Var((*list)(&options.Skip), "skip", "skip specs that match this expression; may be repeated")
	flags.StringVar(&options.LabelFilter, "label-filter", "", "run specs whose labels match this expression of ginkgo's")
	flags.StringVar(&options.JUnit, "junit", "", "write a JUnit report to this file")
	flags.DurationVar(&options.Timeout, "timeout", 6*time.Hour, "of the whole suite")
	flags.BoolVar(&options.Verbose, "v", false, "print every spec's steps")
	flags.BoolVar(&options.RestartKubelet, "restart-kubelet", false, "start the kubelet again whenever it has ended; races with specs that stop it")
	flags.BoolVar(&options.DryRun, "dry-run", false, "list the specs that would run")
	kubeletGates, serviceGates := gates{}, gates{}
	flags.Var(kubeletGates, "feature-gates", "of the kubelet and the tests, such as A=true,B=false")
	flags.Var(serviceGates, "service-feature-gates", "of the API server, such as A=true,B=false")
	_ = flags.Parse(args)

	options.FeatureGates, options.ServiceFeatureGates = kubeletGates.String(), serviceGates.String()
	options.Extra = flags.Args()
	options.NoColor = !terminal(os.Stdout)
	if options.Kubelet, err = executable(*kubelet); err != nil {
		return 1, err
	}
	if options.Test, err = executable(*test); err != nil {
		return 1, err
	}
	if options.ReportDir, err = filepath.Abs(*report); err != nil {
		return 1, fmt.Errorf("find the report directory: %w", err)
	}
	if options.JUnit != "" {
		if options.JUnit, err = filepath.Abs(options.JUnit); err != nil {
			return 1, fmt.Errorf("find the JUnit report: %w", err)
		}
	}
	begin := time.Now()
	code, err := launch(here, *root, *keep, func(spec *node.Spec) error {
		return suite.Prepare(spec, options)
	})
	fmt.Fprintf(os.Stderr, "testnode: the suite ended with code %d after %.0fs; logs and reports are in %s\n", code, time.Since(begin).Seconds(), options.ReportDir)
	return code, err
}

// list is a flag that may be repeated.
type list []string

// String implements flag.Value.
func (l *list) String() string { return fmt.Sprint([]string(*l)) }

// Set implements flag.Value.
func (l *list) Set(text string) error {
	*l = append(*l, text)
	return nil
}

// terminal reports whether a person reads the file as it is written.
func terminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != ""
}
