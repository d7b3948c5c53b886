// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"syscall"

	"kubelet-ordering/hack/internal/progress"
)

func setupCommand(args []string) (int, error) {
	here, err := findPlaces()
	if err != nil {
		return 1, err
	}
	flags := flag.NewFlagSet("setup", flag.ExitOnError)
	upstream := flags.Bool("upstream-images", false, "make images for upstream's specs too: agnhost and others, from _output/kubernetes")
	_ = flags.Parse(args)
	wanted, err := here.setup()
	if err != nil {
		return 1, err
	}
	wanted.Log = progress.New("testnode", os.Stderr)
	if *upstream {
		wanted.Tree = here.in("kubernetes")
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := wanted.Run(ctx); err != nil {
		return 1, err
	}
	wanted.Log.Printf("the machine is set up: programs and images are in %s", here.in("node"))
	return 0, nil
}
