// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"fmt"
	"time"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/testnode/internal/unit"
)

// start starts one of the node's programs.
func (n *Node) start(name string, argv []string) error { return n.startAlways(name, argv, 0) }

// startAlways starts one of the node's programs, and again so long after it has ended by itself; 0 means never. Under systemd it is
// started once: no spec that runs there kills it.
func (n *Node) startAlways(name string, argv []string, restartAfter time.Duration) error {
	if n.service(name) {
		return n.startService(name, argv)
	}
	return n.units.Start(unit.Unit{Name: name, Argv: argv, Env: n.Environment(), Dir: n.spec.Space.Root, Log: n.spec.log(name),
		RestartAfter: restartAfter})
}

// await calls ask until it returns nil. It gives up when the program has exited or the limit is over.
func (n *Node) await(ctx context.Context, name string, limit time.Duration, ask func() error) error {
	return n.awaitState(ctx, name, "waiting for "+name, limit, ask)
}

// awaitState waits for a state that the named program has to bring about, described by what.
func (n *Node) awaitState(ctx context.Context, name, what string, limit time.Duration, ask func() error) error {
	n.awaited = name
	return n.log.Wait(ctx, what, limit, func() error {
		if running, ended := n.running(name); !running {
			return fmt.Errorf("%s has ended (%s): %w", name, ended, progress.ErrFinal)
		}
		return ask()
	})
}
