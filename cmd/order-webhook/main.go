// SPDX-License-Identifier: Apache-2.0

// Command order-webhook is an admission webhook for API servers that do not know the order of containers: it refuses pods and
// pod templates with an order that the kubelet would hold, warns of traps, and can add the node selector to pods.
// docs/webhook.md says how it is run.
//
// Package admit decides, package bounded bounds what a request may cost, package serve has the server and its certificates. The
// order itself is that of the kubelet, package dependency, and the traps are those of kubectl order lint.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
	"k8s.io/klog/v2/textlogger"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"kubelet-ordering/cmd/order-webhook/internal/serve"
)

// maxFiles bounds the number of connections, and with it the memory of those that send nothing.
const maxFiles = 1024

func main() {
	var options serve.Options
	options.AddFlags(flag.CommandLine)
	logs := textlogger.NewConfig()
	logs.AddFlags(flag.CommandLine)
	flag.Parse()
	if err := run(options, logs); err != nil {
		fmt.Fprintln(os.Stderr, "order-webhook:", err)
		os.Exit(1)
	}
}

func run(options serve.Options, logs *textlogger.Config) error {
	if flag.NArg() > 0 {
		return fmt.Errorf("what is %q? It takes only flags: see -help", flag.Arg(0))
	}
	if err := options.Check(); err != nil {
		return err
	}
	log.SetLogger(textlogger.NewLogger(logs))
	var files unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files)
	if files.Cur = min(maxFiles, files.Max); err == nil {
		err = unix.Setrlimit(unix.RLIMIT_NOFILE, &files)
	}
	if err != nil {
		return fmt.Errorf("limit the number of connections: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return serve.Run(ctx, options)
}
