// SPDX-License-Identifier: Apache-2.0

package space

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// The descriptors that every process of the chain gets from the one above it.
const (
	// lifeline is the read end of a pipe: it ends when the outer process does, for whatever reason.
	lifeline = 3
	// rootLock keeps the root directory locked until the last process of the chain has gone.
	rootLock = 4
)

// First is process 1 of the node: it starts the supervisor (this program again, with the arguments given) in a cgroup
// namespace of its own, reaps every orphan, and returns the supervisor's exit code. The kernel then kills all that is left.
func First(spec Spec, supervisor []string) (int, error) {
	// Discarded, not ignored: the programs that are started from here would inherit the latter.
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
