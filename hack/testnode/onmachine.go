// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"syscall"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/testnode/internal/node"
	"kubelet-ordering/hack/testnode/internal/space"
)

// onMachine brings up a node that is the whole machine. Nothing restores the machine afterwards.
func onMachine(spec node.Spec, interrupts <-chan os.Signal) (int, error) {
	if err := space.PlugNetwork(); err != nil {
		return 1, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var caught os.Signal
	go func() {
		caught = <-interrupts
		fmt.Fprintf(os.Stderr, "testnode: %v: taking the node down\n", caught)
		cancel()
	}()
	code, err := node.Supervise(ctx, spec, progress.New("testnode", os.Stderr))
	if ctx.Err() != nil {
		return 128 + int(caught.(syscall.Signal)), err
	}
	return code, err
}
