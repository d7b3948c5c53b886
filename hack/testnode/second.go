// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"os"

	"kubelet-ordering/hack/testnode/internal/node"
)

// secondCommand starts another API server on the data of a cluster that is up, or ends it.
func secondCommand(args []string) (int, error) {
	here, err := findPlaces()
	if err != nil {
		here = places{} // on the node, the working directory may be anywhere
	}
	flags := flag.NewFlagSet("second-apiserver", flag.ExitOnError)
	root := flags.String("root", os.Getenv("TESTNODE_ROOT"), "the root directory of the node (default: $TESTNODE_ROOT)")
	program := flags.String("apiserver", here.in("pristine-bin", "kube-apiserver"), "the kube-apiserver to run")
	stop := flags.Bool("stop", false, "end it")
	_ = flags.Parse(args)
	if *root == "" {
		return 2, fmt.Errorf("which node? name its root directory with -root")
	}
	order := node.Order{Verb: "stop-second-apiserver"}
	if !*stop {
		path, err := executable(*program)
		if err != nil {
			return 1, err
		}
		order = node.Order{Verb: "start-second-apiserver", Args: []string{path}}
	}
	output, err := node.Send(*root, order)
	if err != nil {
		return 1, err
	}
	fmt.Print(output)
	return 0, nil
}
