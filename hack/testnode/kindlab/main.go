// SPDX-License-Identifier: Apache-2.0

// Command kindlab runs kind on a machine that reaches no registry: Docker's engine in namespaces of its own, and a node image made of
// programs that are built here.
package main

import (
	"flag"
	"fmt"
	"os"

	"kubelet-ordering/hack/testnode/kindlab/internal/ociruntime"
)

const usage = `usage: hack/kind-lab.sh [up] [-- COMMAND...]   bring the lab up, run a command in it (or wait for Ctrl-C), take it down
       hack/kind-lab.sh exec COMMAND...        run a command in the lab that is up
       hack/kind-lab.sh down                   take down the lab that is up
       hack/kind-lab.sh kubeadm                try our kubelet on a cluster of kubeadm without kind, in a lab
       hack/kind-lab.sh build                  build all that the lab needs
`

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "kindlab:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func run(args []string) (int, error) {
	verb, rest := "up", args
	if len(args) > 0 && args[0] != "--" {
		verb, rest = args[0], args[1:]
	}
	if len(rest) > 0 && rest[0] == "--" {
		rest = rest[1:]
	}
	switch verb {
	case "_first":
		return firstCommand(rest)
	case "_supervise":
		return superviseCommand(rest)
	case "_runtime":
		return 1, ociruntime.Exec(rest[0], rest[1:])
	}
	here, err := findPlaces()
	if err != nil {
		return 1, err
	}
	switch verb {
	case "up":
		return up(here, rest)
	case "build":
		return buildCommand(here, build)
	case "kubeadm":
		return kubeadmCommand(here)
	case "_kubeadm":
		return trialCommand(here)
	case "exec":
		return execCommand(here, rest)
	case "down":
		return downCommand(here)
	case "help", "-h", "--help":
		fmt.Print(usage)
		return 0, nil
	}
	fmt.Fprint(os.Stderr, usage)
	return 2, fmt.Errorf("unknown command %q: %w", verb, flag.ErrHelp)
}
