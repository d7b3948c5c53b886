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

// runningFlags are the flags shared by all commands for a running node.
type runningFlags struct {
	*flag.FlagSet
	root *string
}

func newRunningFlags(name string) runningFlags {
	flags := runningFlags{FlagSet: flag.NewFlagSet(name, flag.ExitOnError)}
	flags.root = flags.String("root", os.Getenv("TESTNODE_ROOT"), "the root directory of the node (default: $TESTNODE_ROOT)")
	return flags
}

// send sends an order to the node and prints the answer.
func (f runningFlags) send(order node.Order) (int, error) {
	if *f.root == "" {
		return 2, fmt.Errorf("which node? name its root directory with -root")
	}
	output, err := node.Send(*f.root, order)
	fmt.Print(output)
	if err != nil {
		return 1, err
	}
	return 0, nil
}

// order returns a command that sends an order to a running node.
func order(verb string) func([]string) (int, error) {
	return func(args []string) (int, error) {
		flags := newRunningFlags(verb)
		signal := flags.String("signal", "KILL", "what to end a kubelet with")
		_ = flags.Parse(args)
		return flags.send(node.Order{Verb: verb, Args: []string{*signal}})
	}
}

// secondCommand starts or stops another API server on the data of a running cluster.
func secondCommand(args []string) (int, error) {
	flags := newRunningFlags("second-apiserver")
	program := flags.String("apiserver", "", "the kube-apiserver to run")
	stop := flags.Bool("stop", false, "end it")
	_ = flags.Parse(args)
	if *stop {
		return flags.send(node.Order{Verb: "stop-second-apiserver"})
	}
	path, err := executable(*program)
	if err != nil {
		return 1, err
	}
	return flags.send(node.Order{Verb: "start-second-apiserver", Args: []string{path}})
}

// execCommand replaces this process with a program in the namespaces of a running node.
func execCommand(args []string) (int, error) {
	flags := newRunningFlags("exec")
	_ = flags.Parse(args)
	if *flags.root == "" || flags.NArg() == 0 {
		return 2, fmt.Errorf("usage: exec -root DIR -- program [argument...]")
	}
	path, err := filepath.Abs(*flags.root)
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
	// The program gets the node's environment. Variables such as TERM are those that the node was started with.
	argv := []string{nsenter, "--target", strings.TrimSpace(string(pid)), "--mount", "--pid", "--net", "--uts", "--wd=.", "--"}
	if err := syscall.Exec(nsenter, append(argv, flags.Args()...), node.New(spec, nil).Environment()); err != nil {
		return 1, fmt.Errorf("enter the node: %w", err)
	}
	return 0, nil
}
