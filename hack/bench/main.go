// SPDX-License-Identifier: Apache-2.0

// Command bench measures how fast pods start and stop on our kubelet and on the pristine one, in turn, on a real container
// runtime, what the kubelets cost, and what hostile pods cost the others of a node.
//
// It runs twice: on the machine it validates its flags (options.go), brings up one test node after the other (outside.go) and reports
// the results (tell.go); on each node it runs again, with one job. Its packages, in the order in which a run uses them: shape has the
// pods, schedule makes jobs of them, measure does a job and records samples of result, report writes these as Markdown, as an SVG picture
// and in Go's benchmark format.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"kubelet-ordering/hack/bench/internal/measure"
	"kubelet-ordering/hack/bench/internal/schedule"
	"kubelet-ordering/hack/internal/jsonfile"
	"kubelet-ordering/hack/internal/onnode"
)

func main() {
	o, err := parse(os.Args[1:])
	code := 2
	if err == nil {
		code, err = run(o)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func run(o options) (int, error) {
	switch {
	case o.job != "" && onnode.Inside():
		return inside(o.job)
	case o.job != "":
		return 2, fmt.Errorf("-job is for this program's own use on a node")
	case o.from != "":
		return again(o)
	}
	return outside(o)
}

// inside does one job on the node.
func inside(path string) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	job, err := jsonfile.Read[schedule.Job](path)
	if err != nil {
		return 1, err
	}
	if err := measure.Run(ctx, job); err != nil {
		if ctx.Err() != nil {
			return signalled + int(syscall.SIGINT), nil
		}
		return 1, err
	}
	return 0, nil
}

// signalled plus the number of a signal is the exit code of a program that the signal ended.
const signalled = 128
