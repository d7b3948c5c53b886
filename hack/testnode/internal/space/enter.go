// SPDX-License-Identifier: Apache-2.0

package space

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"fmt"
)

// Hostname is the node's own host name.
const Hostname = "testnode"

// Enter sets up the namespaces of the calling process, the supervisor. The returned context ends when the outer process takes the
// node down or exits.
func Enter(spec Spec) (context.Context, error) {
	for _, descriptor := range []int{lifeline, rootLock} {
		syscall.CloseOnExec(descriptor)
	}
	// Discard the terminal's signals: the outer process gets them too, and decides what to do.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		_, _ = os.NewFile(lifeline, "lifeline").Read(make([]byte, 1))
	}()
	if err := syscall.Sethostname([]byte(Hostname)); err != nil {
		cancel()
		return nil, fmt.Errorf("name the node: %w", err)
	}
	if err := furnish(spec); err != nil {
		cancel()
		return nil, err
	}
	if err := PlugNetwork(); err != nil {
		cancel()
		return nil, err
	}
	return ctx, nil
}
