// SPDX-License-Identifier: Apache-2.0

package onnode

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// run runs the command and returns its exit code. It forwards signals and keeps waiting, because the command has to take a node
// down. If a signal arrived while no command ran, it returns the exit code of a program killed by that signal.
func (p *Program) run(command *exec.Cmd) (int, error) {
	select {
	case received := <-p.signals:
		return 128 + int(received.(syscall.Signal)), nil
	default:
	}
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := command.Start(); err != nil {
		return 1, fmt.Errorf("run %q: %w", command.Path, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for {
		select {
		case err := <-ended:
			return exitCode(command, err)
		case received := <-p.signals:
			// Do not forward SIGINT: Ctrl-C reaches the whole process group, and a second one would kill the node.
			if received != syscall.SIGINT {
				_ = command.Process.Signal(received)
			}
		}
	}
}

func exitCode(command *exec.Cmd, err error) (int, error) {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 1, fmt.Errorf("wait for %q: %w", command.Path, err)
	}
	return 0, nil
}
