// SPDX-License-Identifier: Apache-2.0

// Package cli has the plugin's commands: one file each. They read flags, ask package source for pods, and print what other packages
// make of them.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/rest"

	"kubelet-ordering/cmd/kubectl-order/internal/safe"
)

// Exit codes.
const (
	// Fine: the command has done its work, and found nothing wrong.
	Fine = 0
	// Found: the command has done its work, and found something: an invalid order, a container that waits, a problem.
	Found = 1
	// Failed: the command could not do its work.
	Failed = 2
	// Interrupted: Ctrl-C, as shells have it.
	Interrupted = 130
)

// errFound ends a command with the exit code Found. What was found has been printed.
var errFound = errors.New("found")

// Main runs the plugin and returns its exit code.
func Main(args []string, streams genericiooptions.IOStreams) int {
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	root := NewCommand(streams)
	root.SetArgs(args)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root.ExecuteContext(ctx)
	switch {
	case ctx.Err() != nil:
		return Interrupted
	case err == nil:
		return Fine
	case errors.Is(err, errFound):
		return Found
	}
	for _, one := range flat(err) {
		fmt.Fprintf(streams.ErrOut, "error: %s\n", safe.Lines(one.Error()))
	}
	return Failed
}

func flat(err error) []error {
	var list utilerrors.Aggregate
	if errors.As(err, &list) {
		return utilerrors.Flatten(list).Errors()
	}
	return []error{err}
}
