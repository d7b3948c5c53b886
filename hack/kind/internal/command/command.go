// SPDX-License-Identifier: Apache-2.0

// Package command runs the programs that the tool drives: docker or podman, kind, kubectl, ssh.
package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Command is a program to run.
type Command struct {
	Args []string
	// Stdin is empty if nil.
	Stdin io.Reader
	// Show passes the program's output on to the user. Without it, Run returns what the program writes to stdout.
	Show bool
	// Tell, if set, gets what the program writes to stderr while it runs. Without it, stderr becomes part of the error.
	Tell io.Writer
	// Detach keeps Ctrl-C of the terminal away from the command. It cannot ask the terminal for a password then.
	Detach bool
}

// Runner runs commands.
type Runner interface {
	Run(ctx context.Context, c Command) (string, error)
}

// Output runs a program and returns what it writes to stdout, without white space around it.
func Output(ctx context.Context, r Runner, args ...string) (string, error) {
	output, err := r.Run(ctx, Command{Args: args})
	return strings.TrimSpace(output), err
}

// Machine runs commands on this machine.
type Machine struct{}

// limit bounds what is kept of a program's output.
const limit = 64 << 20

// Run runs the command. Its error has the end of what the command wrote to stderr.
func (Machine) Run(ctx context.Context, c Command) (string, error) {
	command := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: c.Detach}
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 30 * time.Second
	command.Stdin = c.Stdin
	var stdout, stderr bounded
	command.Stdout, command.Stderr = &stdout, &stderr
	switch {
	case c.Show:
		command.Stdout, command.Stderr = os.Stdout, io.MultiWriter(os.Stderr, &stderr)
	case c.Tell != nil:
		command.Stderr = io.MultiWriter(c.Tell, &stderr)
	}
	err := command.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("%s is not installed, or not on PATH: %w", c.Args[0], err)
	}
	if err != nil {
		text := lastLines(stderr.String(), 12)
		if c.Show || c.Tell != nil {
			text = lastLines(stderr.String(), 1)
		}
		return stdout.String(), &Error{Args: c.Args, Stderr: text, Err: err}
	}
	return stdout.String(), nil
}

// Error is a command that failed.
type Error struct {
	Args   []string
	Stderr string
	Err    error
}

// Error names the command by its first words: the others may be long, such as a script.
func (e *Error) Error() string {
	line := strings.Join(e.Args, " ")
	if runes := []rune(line); len(runes) > 60 {
		line = string(runes[:60]) + "..."
	}
	if e.Stderr == "" {
		return fmt.Sprintf("%s: %v", line, e.Err)
	}
	return fmt.Sprintf("%s: %v: %s", line, e.Err, e.Stderr)
}

func (e *Error) Unwrap() error { return e.Err }

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(len(lines)-n, 0):], "\n")
}

// bounded keeps the first bytes that are written to it.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if room := limit - b.Len(); room > 0 {
		b.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
