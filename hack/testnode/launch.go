// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"kubelet-ordering/hack/testnode/internal/host"
	"kubelet-ordering/hack/testnode/internal/node"
	"kubelet-ordering/hack/testnode/internal/rootdir"
	"kubelet-ordering/hack/testnode/internal/space"
)

const (
	// stopLimit is how long a node may take to shut down before it is killed.
	stopLimit = 20 * time.Second
	// cgroupLimit is how long the kernel may take to release an empty cgroup.
	cgroupLimit = 5 * time.Second
)

// launch creates a root directory, brings up the node that prepare describes, waits until it ends and removes all traces of it.
func launch(here places, keep bool, prepare func(*node.Spec) error) (int, error) {
	if err := sweep(here.runBase()); err != nil {
		// Leftovers do no harm: every node has unique names.
		fmt.Fprintf(os.Stderr, "testnode: cannot remove what an earlier run has left: %v\n", err)
	}
	root, err := makeRoot(here)
	if err != nil {
		return 1, err
	}
	spec, err := here.nodeSpec(root.Path)
	if err == nil {
		err = furnishRoot(here, &spec, prepare)
	}
	if err != nil {
		return 1, errors.Join(err, root.Remove())
	}
	interrupts := make(chan os.Signal, 4)
	signal.Notify(interrupts, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	if spec.Systemd {
		code, err := onMachine(spec, interrupts)
		return code, errors.Join(err, root.Remove())
	}
	code, err := launched(spec, root, interrupts)
	err = errors.Join(err, space.RemoveCgroup(spec.Space.Hierarchies, spec.Space.CgroupName(), cgroupLimit))
	if keep {
		fmt.Fprintf(os.Stderr, "testnode: kept %s; the next run removes it\n", root.Path)
		return code, err
	}
	return code, errors.Join(err, root.Remove())
}

func launched(spec node.Spec, root *rootdir.Root, interrupts <-chan os.Signal) (int, error) {
	running, err := space.Launch(spec.Space, root.Lock, []string{"_first", root.Path})
	if err != nil {
		return 1, err
	}
	pid := fmt.Sprintf("%d\n", running.Pid())
	if err := os.WriteFile(filepath.Join(root.Path, pidFile), []byte(pid), 0o644); err != nil {
		return 1, errors.Join(fmt.Errorf("write down the node's first process: %w", err), running.Stop(0))
	}
	select {
	case err := <-running.Ended():
		return space.ExitCode(err), nil
	case signal := <-interrupts:
		fmt.Fprintf(os.Stderr, "testnode: %v: taking the node down\n", signal)
		go func() {
			// A second interrupt kills the node immediately.
			<-interrupts
			_ = running.Kill()
		}()
		_ = running.Stop(stopLimit)
		return 128 + int(signal.(syscall.Signal)), nil
	case <-orphaned():
		_ = running.Stop(stopLimit)
		return 1, fmt.Errorf("`go run` has gone, so nobody waits for this run any more")
	}
}

// pidFile holds the PID of the node's first process in the machine's PID namespace.
const pidFile = "first.pid"

func makeRoot(here places) (*rootdir.Root, error) {
	root, err := rootdir.Fresh(here.runBase())
	if err != nil {
		return nil, err
	}
	if len(root.Path) > node.LongestRoot {
		err := fmt.Errorf("the path %q is too long for the sockets of a node (over %d bytes): move the repository", root.Path, node.LongestRoot)
		return nil, errors.Join(err, root.Remove())
	}
	return root, nil
}

// furnishRoot fills the root directory with the node's own programs, what prepare adds, and the spec.
func furnishRoot(here places, spec *node.Spec, prepare func(*node.Spec) error) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	// Link or copy this program, because `go run` removes its binary when it exits.
	if err := node.Place(self, spec.Program("testnode")); err != nil {
		return err
	}
	links, err := here.programs()
	if err != nil {
		return err
	}
	if err := prepare(spec); err != nil {
		return err
	}
	for _, name := range shims {
		if !spec.Systemd {
			links[name] = "testnode"
		}
	}
	for name, target := range links {
		if err := os.Symlink(target, spec.Program(name)); err != nil {
			return fmt.Errorf("give the node its own %s: %w", name, err)
		}
	}
	return spec.Write()
}

// orphaned returns a channel that is closed when `go run`, if it started this process, has exited: SIGTERM kills it, and it does
// not forward the signal.
func orphaned() <-chan struct{} {
	gone := make(chan struct{})
	parent := os.Getppid()
	if host.ProcessName(parent) != "go" {
		return gone
	}
	go func() {
		for os.Getppid() == parent {
			time.Sleep(200 * time.Millisecond)
		}
		close(gone)
	}()
	return gone
}

// executable returns the absolute path of a program that the user named. The error for a missing program says what to do.
func executable(path string) (string, error) {
	found, err := exec.LookPath(path)
	if err != nil {
		return "", fmt.Errorf("find the program %q (build it, or name another with a flag): %w", path, err)
	}
	if found, err = filepath.Abs(found); err != nil {
		return "", fmt.Errorf("find the program %q: %w", path, err)
	}
	return found, nil
}
