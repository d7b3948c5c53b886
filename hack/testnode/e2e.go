// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/term"

	"kubelet-ordering/hack/testnode/internal/machine"
	"kubelet-ordering/hack/testnode/internal/node"
	"kubelet-ordering/hack/testnode/internal/suite"
)

func e2eCommand(args []string) (int, error) {
	flags, err := newNodeFlags("e2e")
	if err != nil {
		return 1, err
	}
	flags.withAPIServer()
	systemd := flags.Bool("systemd", false, "run the node as services of this machine's systemd, without namespaces of its own; "+
		"only on a machine of the command machine, because it changes the machine")
	test := flags.String("test", flags.here.in("bin", "e2e_node.test"), "upstream's test binary; what follows -- is for it, and its /tmp is gone in the end")
	report := flags.String("report-dir", flags.here.in("node", "report"), "where reports and logs go")
	junit := flags.String("junit", "", "write a JUnit report to this file")
	disk := flags.Uint("disk", 0, "give the node a disk of its own of so many GiB, so that a full one is nobody else's matter; 0 means the machine's")
	options := suite.Options{}
	appendTo := func(list *[]string) func(string) error {
		return func(text string) error {
			*list = append(*list, text)
			return nil
		}
	}
	flags.Func("focus", "run specs that match this expression; may be repeated", appendTo(&options.Focus))
	flags.Func("skip", "skip specs that match this expression; may be repeated", appendTo(&options.Skip))
	flags.IntVar(&options.Processes, "procs", 1, "how many specs run at the same time; more than one needs `hack/build.sh ginkgo`")
	flags.DurationVar(&options.Timeout, "timeout", 6*time.Hour, "of the whole suite")
	_ = flags.Parse(args)

	options.FeatureGates, options.ServiceFeatureGates = gates(flags.gates), gates(flags.apiServerGates)
	options.Extra = flags.Args()
	options.NoColor = !term.IsTerminal(int(os.Stdout.Fd()))
	var errs [5]error
	options.Kubelet, errs[0] = executable(*flags.kubelet)
	options.Test, errs[1] = executable(*test)
	options.ReportDir, errs[2] = filepath.Abs(*report)
	if options.Processes > 1 {
		options.Ginkgo, errs[4] = executable(flags.here.in("bin", "ginkgo"))
	}
	if *junit != "" {
		options.JUnit, errs[3] = filepath.Abs(*junit)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return 1, err
	}
	if *systemd {
		if err := machine.Within(); err != nil {
			return 2, err
		}
	}
	begin := time.Now()
	code, err := launch(flags.here, *flags.keep, func(spec *node.Spec) error {
		spec.Systemd, spec.Space.Disk = *systemd, int64(*disk)<<30
		return suite.Prepare(spec, options)
	})
	fmt.Fprintf(os.Stderr, "testnode: the suite ended with code %d after %.0fs; logs and reports are in %s\n",
		code, time.Since(begin).Seconds(), options.ReportDir)
	return code, err
}
