// SPDX-License-Identifier: Apache-2.0

package space

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// The file descriptors that every process of the chain inherits from its parent.
const (
	// lifeline is the read end of a pipe: it reaches EOF when the outer process ends, for whatever reason.
	lifeline = 3
	// rootLock keeps the root directory locked until the last process of the chain has exited.
	rootLock = 4
)

// First is process 1 of the node. It starts the supervisor, which is this program with the given arguments, in a new cgroup
// namespace. It reaps orphans and returns the supervisor's exit code; when process 1 exits, the kernel kills all other processes.
func First(spec Spec, supervisor []string) (int, error) {
	// Discard these signals instead of ignoring them: child processes would inherit ignored signals.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	if err := JoinCgroup(spec.Hierarchies, spec.CgroupName(), 0); err != nil {
		return 1, err
	}
	self, err := os.Executable()
	if err != nil {
		return 1, fmt.Errorf("find this program to start the supervisor: %w", err)
	}
	pid, err := syscall.ForkExec(self, append([]string{self}, supervisor...), &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: []uintptr{0, 1, 2, lifeline, rootLock},
		Sys:   &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWCGROUP},
	})
	if err != nil {
		return 1, fmt.Errorf("start the supervisor: %w", err)
	}
	for {
		var status syscall.WaitStatus
		ended, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 1, fmt.Errorf("wait for the supervisor: %w", err)
		case ended == pid:
			return exitCode(status), nil
		}
	}
}

func exitCode(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}
