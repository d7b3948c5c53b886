// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"os"

	"kubelet-ordering/hack/testnode/internal/node"
)

// order makes a command that tells a running node to do something.
func order(verb string) func([]string) (int, error) {
	return func(args []string) (int, error) {
		flags := flag.NewFlagSet(verb, flag.ExitOnError)
		root := flags.String("root", os.Getenv("TESTNODE_ROOT"), "the root directory of the node (default: $TESTNODE_ROOT)")
		signal := flags.String("signal", "KILL", "what to end a kubelet with")
		_ = flags.Parse(args)
		if *root == "" {
			return 2, fmt.Errorf("which node? name its root directory with -root")
		}
		output, err := node.Send(*root, node.Order{Verb: verb, Args: []string{*signal}})
		if err != nil {
			return 1, err
		}
		fmt.Print(output)
		return 0, nil
	}
}
