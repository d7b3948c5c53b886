// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/term"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/testnode/internal/machine"
	"kubelet-ordering/hack/testnode/internal/rootdir"
)

// kernelSuite is the suite of Debian that the machine's kernel is from. It has user-mode Linux 7.2, stable suites have older ones.
const kernelSuite = "forky"

// machineCommand runs a command in a machine of its own, which sees the repository.
func machineCommand(args []string) (int, error) {
	here, err := findPlaces()
	if err != nil {
		return 1, err
	}
	flags := flag.NewFlagSet("machine", flag.ExitOnError)
	shell := flags.Bool("shell", false, "run a shell on the terminal; without it, what follows -- is the command")
	limit := flags.Duration("limit", time.Hour, "how long the machine may run")
	slow := flags.Int("slow", 1, "how many times slower the machine's clock runs, so that bounds of time hold that are for a faster machine")
	memory := flags.String("memory", "4G", "the size of the machine's memory")
	suite := flags.String("kernel-suite", kernelSuite, "the suite of Debian to take user-mode Linux from")
	keep := flags.Bool("keep", false, "leave the run's directory, with what the console showed, at the end")
	_ = flags.Parse(args)
	if *shell == (flags.NArg() > 0) {
		return 2, errors.New("say either -shell, or a command after --")
	}
	if *shell && !term.IsTerminal(int(os.Stdin.Fd())) {
		return 2, errors.New("a shell needs a terminal: give a command after -- instead")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	run := machine.Run{
		Repo: here.repo, Locks: here.in("vm"), Memory: *memory, Slow: *slow, Command: flags.Args(), Shell: *shell,
		Terminal: term.IsTerminal(int(os.Stdout.Fd())), Log: progress.New("machine", os.Stderr),
	}
	if err := sweepRuns(here.in("vm", "run")); err != nil {
		fmt.Fprintf(os.Stderr, "testnode: cannot remove what an earlier run has left: %v\n", err)
	}
	if err := os.MkdirAll(here.in("vm"), 0o755); err != nil {
		return 1, fmt.Errorf("make the directory of machines: %w", err)
	}
	if run.Kernel, err = machine.GetKernel(ctx, run.Log, here.in("vm", "kernel"), *suite); err != nil {
		return interrupted(ctx, err)
	}
	if run.Disk, err = machine.GetDisk(ctx, run.Log, here.in("vm"), run.Kernel); err != nil {
		return interrupted(ctx, err)
	}
	root, err := rootdir.Fresh(here.in("vm", "run"))
	if err != nil {
		return 1, err
	}
	run.Dir = root.Path
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	if *shell {
		// The machine changes the terminal's settings, and may have no time to restore them.
		if state, err := term.GetState(int(os.Stdin.Fd())); err == nil {
			defer func() { _ = term.Restore(int(os.Stdin.Fd()), state) }()
		}
	}
	code, err := run.Do(ctx)
	if *keep {
		fmt.Fprintf(os.Stderr, "testnode: kept %s; the next run removes it\n", root.Path)
		return code, err
	}
	return code, errors.Join(err, root.Remove())
}

// interrupted returns the exit code and error of a machine that was not even started.
func interrupted(ctx context.Context, err error) (int, error) {
	if ctx.Err() != nil {
		return 130, errors.New("interrupted; what was complete is kept")
	}
	return 1, err
}

// sweepRuns removes the directories of runs that were killed.
func sweepRuns(base string) error {
	leftovers, err := rootdir.Leftovers(base)
	if err != nil {
		return err
	}
	var failures []error
	for _, leftover := range leftovers {
		fmt.Fprintf(os.Stderr, "testnode: removing what an earlier run has left in %s\n", filepath.Base(leftover.Path))
		failures = append(failures, leftover.Remove())
	}
	return errors.Join(failures...)
}
