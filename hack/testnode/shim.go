// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"

	"kubelet-ordering/hack/testnode/internal/node"
)

// shims are the programs that this one stands in for on a node: upstream's tests start and stop the kubelet with them.
var shims = []string{"systemctl", "systemd-run", "sudo"}

func isShim(name string) bool { return slices.Contains(shims, name) }

func shim(name string, args []string) int {
	if name == "sudo" {
		return become(args)
	}
	dir, err := os.Getwd()
	if err != nil {
		dir = "/"
	}
	output, err := node.Send(os.Getenv("TESTNODE_ROOT"), node.Order{Verb: name, Args: args, Env: os.Environ(), Dir: dir})
	fmt.Print(output)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// become is as much of sudo as a node needs, where everyone is root.
func become(args []string) int {
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "sudo: no command")
		return 1
	}
	path, err := exec.LookPath(args[0])
	if err == nil {
		err = syscall.Exec(path, args, os.Environ())
	}
	fmt.Fprintf(os.Stderr, "sudo: start %q: %v\n", args[0], err)
	return 1
}
