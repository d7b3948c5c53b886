// SPDX-License-Identifier: Apache-2.0

// Command assemble assembles the Kubernetes tree to build, from the upstream modules that go.mod pins, the project's own
// files and the seams that these files declare.
//
//	go run ./hack/assemble                        make _output/kubernetes
//	go run ./hack/assemble -pristine              make _output/pristine, upstream alone
//	go run ./hack/assemble -update-lock           the same, and write upstream.lock
//	go run ./hack/assemble version                print the fork's version
//	go run ./hack/assemble ldflags                print -ldflags that set it
//	go run ./hack/assemble report -version v1.36.3
//	go run ./hack/assemble diff [PATH...]         print what the project changes in upstream, as one patch
//
// Package seam documents the directives. Flags may come before or after the command's name.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case interrupted:
		fmt.Fprintln(os.Stderr, "assemble: interrupted; the tree that was there before is untouched")
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "assemble:", err)
		os.Exit(1)
	}
}
