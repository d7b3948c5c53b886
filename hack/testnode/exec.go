// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"kubelet-ordering/hack/testnode/internal/node"
)

// execCommand becomes a program in the namespaces of a node that is up.
func execCommand(args []string) (int, error) {
	flags := flag.NewFlagSet("exec", flag.ExitOnError)
	root := flags.String("root", os.Getenv("TESTNODE_ROOT"), "the root directory of the node (default: $TESTNODE_ROOT)")
	_ = flags.Parse(args)
	if *root == "" || flags.NArg() == 0 {
		return 2, fmt.Errorf("usage: exec -root DIR -- program [argument...]")
	}
	path, err := filepath.Abs(*root)
	if err != nil {
		return 1, fmt.Errorf("find the node: %w", err)
	}
	spec, err := node.ReadSpec(path)
	if err != nil {
		return 1, err
	}
	pid, err := os.ReadFile(filepath.Join(path, pidFile))
	if err != nil {
		return 1, fmt.Errorf("find the node's first process (is it up?): %w", err)
	}
	nsenter, err := exec.LookPath("nsenter")
	if err != nil {
		return 1, fmt.Errorf("find nsenter (the Debian package util-linux brings it): %w", err)
	}
	// Environment of the node; the caller's own, such as TERM, is what the node was started with.
	argv := append([]string{nsenter, "--target", strings.TrimSpace(string(pid)), "--mount", "--pid", "--net", "--uts", "--wd=.", "--"}, flags.Args()...)
	if err := syscall.Exec(nsenter, argv, node.New(spec, nil).Environment()); err != nil {
		return 1, fmt.Errorf("enter the node: %w", err)
	}
	return 0, nil
}
