// SPDX-License-Identifier: Apache-2.0

package space

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Launched is a running node, as seen from outside.
type Launched struct {
	command  *exec.Cmd
	lifeline *os.File
	ended    chan error
}

// Launch creates the node's cgroups and starts process 1 of the node: this program, with the given arguments, in new namespaces.
// Process 1 inherits the lock.
func Launch(spec Spec, lock *os.File, first []string) (*Launched, error) {
	if err := CreateCgroup(spec.Hierarchies, spec.CgroupName()); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program to start the node: %w", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make the node's lifeline: %w", err)
	}
	defer read.Close()
	command := exec.Command(self, first...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.ExtraFiles = []*os.File{read, lock}
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS,
	}
	started := make(chan error)
	launched := &Launched{command: command, lifeline: write, ended: make(chan error, 1)}
	go func() {
		// Starting and waiting need not happen on the same thread, but this goroutine does nothing else.
		runtime.LockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			launched.ended <- command.Wait()
		}
	}()
	if err := <-started; err != nil {
		write.Close()
		return nil, fmt.Errorf("start the node in namespaces of its own (needs root with CAP_SYS_ADMIN): %w", err)
	}
	return launched, nil
}

// Pid returns the PID of the node's process 1 in the machine's PID namespace.
func (l *Launched) Pid() int { return l.command.Process.Pid }

// Ended returns a channel that receives one value, when the node's last process has exited.
func (l *Launched) Ended() <-chan error { return l.ended }

// Kill takes the node down immediately: the kernel kills all its processes with the first one.
func (l *Launched) Kill() error { return l.command.Process.Kill() }

// Stop makes the supervisor shut down, and kills the node if that takes longer than the limit.
func (l *Launched) Stop(limit time.Duration) error {
	l.lifeline.Close()
	select {
	case err := <-l.ended:
		return err
	case <-time.After(limit):
		_ = l.Kill()
		return <-l.ended
	}
}

// ExitCode returns the exit code for the error received from Ended.
func ExitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		if status, ok := exit.Sys().(syscall.WaitStatus); ok {
			return exitCode(status)
		}
	}
	return 1
}
