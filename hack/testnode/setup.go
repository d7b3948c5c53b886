// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"os"

	"kubelet-ordering/hack/testnode/internal/progress"
	"kubelet-ordering/hack/testnode/internal/setup"
)

func setupCommand(args []string) (int, error) {
	here, err := findPlaces()
	if err != nil {
		return 1, err
	}
	flags := flag.NewFlagSet("setup", flag.ExitOnError)
	agnhost := flags.Bool("agnhost", false, "make the agnhost image too (minutes)")
	tree := flags.String("tree", here.in("kubernetes"), "a full Kubernetes tree, for agnhost")
	_ = flags.Parse(args)
	log := progress.New(os.Stderr)
	err = setup.Setup{Repo: here.repo, Out: here.in("node"), Tree: *tree, Agnhost: *agnhost, Log: log}.Run()
	if err != nil {
		return 1, err
	}
	log.Printf("the machine is set up: programs and images are in %s", here.in("node"))
	return 0, nil
}
