// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"kubelet-ordering/hack/internal/onnode"
	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/testnode/internal/machine"
	"kubelet-ordering/hack/testnode/internal/node"
	"kubelet-ordering/hack/testnode/internal/reboot"
)

// rebootDir is on the machine's disk.
const rebootDir = "/var/lib/testnode-reboot"

// rebootCommand runs once in each boot of the machine.
func rebootCommand(args []string) (int, error) {
	flags, err := newNodeFlags("reboot")
	if err != nil {
		return 1, err
	}
	grace := flags.Duration("shutdown-grace-period", 50*time.Second,
		"how long pods may hold up a shutdown of the machine; with 0 their order cannot be kept, and the command fails")
	_ = flags.Parse(args)
	if err := machine.Within(); err != nil {
		return 2, err
	}
	return flags.up(2, func(spec *node.Spec) error {
		spec.Systemd = true
		spec.Kubelet.ShutdownGracePeriod = *grace
		spec.Kubelet.ManifestDir = reboot.Trial{Dir: rebootDir}.Manifests()
		spec.Command = []string{spec.Program("testnode"), "_reboot"}
		return nil
	})
}

// rebootStepCommand runs on the node.
func rebootStepCommand([]string) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	here, err := onnode.Open()
	if err != nil {
		return 1, fmt.Errorf("this command is for the node's own use: see `reboot`: %w", err)
	}
	defer here.Runtime.Close()
	trial := reboot.Trial{Dir: rebootDir, Log: progress.New("reboot", os.Stderr), Out: os.Stdout}
	if err := trial.Step(ctx, here); err != nil {
		return 1, err
	}
	return 0, nil
}
