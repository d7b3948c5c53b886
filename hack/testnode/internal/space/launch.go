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

// Launch makes the node's cgroups and starts process 1 of the node: this program again, with the arguments given, in new
// namespaces. The lock is handed on to it.
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
		// The thread that starts a process and the one that waits may differ, but this goroutine does nothing else.
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

// Pid is the machine's number of the node's process 1.
func (l *Launched) Pid() int { return l.command.Process.Pid }

// Ended delivers once, when the last process of the node has gone.
func (l *Launched) Ended() <-chan error { return l.ended }

// Kill takes the node down at once: the kernel kills all its processes with the first one.
func (l *Launched) Kill() error { return l.command.Process.Kill() }

// Stop asks the supervisor to end, and takes the node down the hard way when that lasts longer than the limit.
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

// ExitCode translates what Ended delivered.
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
