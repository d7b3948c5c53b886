// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/testnode/internal/node"
	"kubelet-ordering/hack/testnode/internal/space"
)

// firstCommand is process 1 of a node.
func firstCommand(args []string) (int, error) {
	spec, err := specOf(args)
	if err != nil {
		return 1, err
	}
	return space.First(spec.Space, []string{"_supervise", args[0]})
}

// superviseCommand is the child of process 1. It does all the work.
func superviseCommand(args []string) (int, error) {
	spec, err := specOf(args)
	if err != nil {
		return 1, err
	}
	ctx, err := space.Enter(spec.Space)
	if err != nil {
		return 1, err
	}
	return node.Supervise(ctx, spec, progress.New("testnode", os.Stderr))
}

func specOf(args []string) (node.Spec, error) {
	if len(args) != 1 {
		return node.Spec{}, fmt.Errorf("this command is for the node's own use: see `run`")
	}
	return node.ReadSpec(args[0])
}
