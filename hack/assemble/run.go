// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"kubelet-ordering/hack/assemble/internal/assemble"
	"kubelet-ordering/hack/assemble/internal/module"
	"kubelet-ordering/hack/assemble/internal/own"
)

// options are the flags of all commands; each command uses some of them.
type options struct {
	root       string
	out        string
	pristine   bool
	updateLock bool
	version    string
	json       bool
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, command, operands, err := parse(args, stderr)
	if err != nil {
		return err
	}
	switch command {
	case "":
		return runAssemble(ctx, o, stdout)
	case "version", "ldflags":
		return printVersion(o, command, stdout)
	case "report":
		return runReport(ctx, o, stdout)
	case "diff":
		return runDiff(ctx, o, operands, stdout)
	default:
		return fmt.Errorf("there is no command %q: it is version, ldflags, report, diff, or none to assemble", command)
	}
}

func parse(args []string, stderr io.Writer) (o options, command string, operands []string, err error) {
	flags := flag.NewFlagSet("assemble", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.root, "C", ".", "the repository's root `directory`")
	flags.StringVar(&o.out, "o", "", "the output `directory` (default _output/kubernetes or _output/pristine)")
	flags.BoolVar(&o.pristine, "pristine", false, "upstream alone, without own files and seams")
	flags.BoolVar(&o.updateLock, "update-lock", false, "write upstream.lock instead of comparing it")
	flags.StringVar(&o.version, "version", "", "report: the Kubernetes `version` to compare with")
	flags.BoolVar(&o.json, "json", false, "report: print JSON")
	if err := flags.Parse(args); err != nil {
		return o, "", nil, err
	}
	command = flags.Arg(0)
	if flags.NArg() > 0 {
		if err := flags.Parse(flags.Args()[1:]); err != nil {
			return o, "", nil, err
		}
	}
	switch {
	case flags.NArg() > 0 && command != "diff":
		return o, "", nil, fmt.Errorf("unexpected argument %q: there is one command at most", flags.Arg(0))
	case o.pristine && o.updateLock:
		return o, "", nil, errors.New("-pristine has no lock file: leave -update-lock out")
	case o.pristine && command == "diff":
		return o, "", nil, errors.New("diff compares with upstream's sources: leave -pristine out")
	}
	return o, command, flags.Args(), nil
}

func runAssemble(ctx context.Context, o options, stdout io.Writer) error {
	settings, err := o.assemble(ctx, stdout)
	if err != nil {
		return err
	}
	return assemble.Run(ctx, settings)
}

func runDiff(ctx context.Context, o options, paths []string, stdout io.Writer) error {
	settings, err := o.assemble(ctx, stdout)
	if err != nil {
		return err
	}
	return assemble.Diff(ctx, settings, paths, stdout)
}

func (o options) assemble(ctx context.Context, log io.Writer) (assemble.Options, error) {
	modules, err := module.Pinned(ctx, o.root)
	if err != nil {
		return assemble.Options{}, err
	}
	tool, err := toolHash()
	return assemble.Options{
		Root:       o.root,
		Out:        o.out,
		Modules:    modules,
		Pristine:   o.pristine,
		UpdateLock: o.updateLock,
		Tool:       tool,
		Log:        log,
	}, err
}

func printVersion(o options, command string, stdout io.Writer) error {
	base, err := module.KubernetesVersion(o.root)
	if err != nil {
		return err
	}
	text := base
	if !o.pristine {
		files, err := own.Files(o.root)
		if err != nil {
			return err
		}
		text = own.Version(base, files)
	}
	if command == "ldflags" {
		if text, err = own.LDFlags(text, base); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(stdout, text)
	return err
}
