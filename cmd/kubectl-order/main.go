// SPDX-License-Identifier: Apache-2.0

// Command kubectl-order is a kubectl plugin (kubectl order) that shows the order of a pod's containers: why a pod waits, who says which
// edge of its graph, when which container stops, and which mistakes a manifest has.
//
// Package source reads pods and pod templates from files and from a cluster. Each command is a file of package cli, which prints what
// the other packages find; they neither read nor print. The order itself is that of the kubelet: package dependency.
package main

import (
	"os"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"kubelet-ordering/cmd/kubectl-order/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}))
}
