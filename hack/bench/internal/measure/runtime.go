// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
)

// command is that of the pods' containers without warm-up.
var command = []string{"sh", "-c", "trap 'exit 0' TERM; sleep 2147483647 & wait"}

// runtime measures the container runtime alone. It first kills the kubelet, which would stop sandboxes that belong to no pod.
func (n *node) runtime(ctx context.Context, sizes []int) error {
	kill := exec.CommandContext(ctx, "testnode", "kill-kubelet", "-root", n.Root)
	kill.Stderr = os.Stderr
	if err := kill.Run(); err != nil {
		return fmt.Errorf("kill the node's kubelet: %w", err)
	}
	// The first containers of a new runtime are slow.
	for i := range 2 {
		if err := n.direct(ctx, 1, i, false); err != nil {
			return err
		}
	}
	for _, containers := range sizes {
		times := 2
		if containers == 1 {
			// All bounds depend on this one.
			times = 6
		}
		for i := range times {
			if err := n.direct(ctx, containers, i, true); err != nil {
				return err
			}
		}
		n.job.Progress.Say("%d containers at once", containers)
	}
	return nil
}

// direct starts the number of containers in a sandbox of their own, and records the time it took if it counts.
func (n *node) direct(ctx context.Context, containers, i int, counts bool) error {
	sandbox, err := n.Runtime.NewSandbox(ctx, fmt.Sprintf("bench-%d-%d-%v", containers, i, counts), filepath.Join(n.Root, "bench-logs"))
	if err != nil {
		return err
	}
	last, err := sandbox.StartAll(ctx, containers, shape.Image, command)
	if err != nil {
		return err
	}
	if !counts {
		return sandbox.Remove(ctx)
	}
	name := strconv.Itoa(containers)
	if err := n.keep(name, result.Start, last.Sub(sandbox.Created).Seconds()); err != nil {
		return err
	}
	if containers == 1 {
		begin := time.Now()
		started, err := sandbox.Start(ctx, "one-more", shape.Image, command)
		if err != nil {
			return err
		}
		if err := n.keep(name, result.One, started.Sub(begin).Seconds()); err != nil {
			return err
		}
	}
	return sandbox.Remove(ctx)
}
