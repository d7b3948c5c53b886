// SPDX-License-Identifier: Apache-2.0

package main

import (
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
	// stopLimit is how long a node may take to go down by itself.
	stopLimit = 20 * time.Second
	// cgroupLimit is how long the kernel may take to let go of an empty cgroup.
	cgroupLimit = 5 * time.Second
)

// launch makes a root directory, brings up the node that prepare describes, waits for its end and removes all traces of it.
func launch(here places, wanted string, keep bool, prepare func(*node.Spec) error) (int, error) {
	if err := sweep(here.runBase(), wanted); err != nil {
		// What cannot be removed is in nobody's way: every node has names of its own.
		fmt.Fprintf(os.Stderr, "testnode: cannot remove what an earlier run has left: %v\n", err)
	}
	root, err := makeRoot(here, wanted)
	if err != nil {
		return 1, err
	}
	spec, err := here.nodeSpec(root.Path)
	if err == nil {
		err = furnishRoot(here, &spec, prepare)
	}
	if err != nil {
		return 1, join(err, root.Remove())
	}
	interrupts := make(chan os.Signal, 4)
	signal.Notify(interrupts, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	code, err := launched(spec, root, interrupts)
	err = join(err, space.RemoveCgroup(spec.Space.Hierarchies, spec.Space.CgroupName(), cgroupLimit))
	if keep {
		fmt.Fprintf(os.Stderr, "testnode: kept %s; the next run removes it\n", root.Path)
		return code, err
	}
	return code, join(err, root.Remove())
}

func launched(spec node.Spec, root *rootdir.Root, interrupts <-chan os.Signal) (int, error) {
	running, err := space.Launch(spec.Space, root.Lock, []string{"_first", root.Path})
	if err != nil {
		return 1, err
	}
	pid := fmt.Sprintf("%d\n", running.Pid())
	if err := os.WriteFile(filepath.Join(root.Path, pidFile), []byte(pid), 0o644); err != nil {
		return 1, join(fmt.Errorf("write down the node's first process: %w", err), running.Stop(0))
	}
	select {
	case err := <-running.Ended():
		return space.ExitCode(err), nil
	case signal := <-interrupts:
		fmt.Fprintf(os.Stderr, "testnode: %v: taking the node down\n", signal)
		go func() {
			// A second one means: at once.
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

// pidFile has the machine's number of the node's first process.
const pidFile = "first.pid"

func makeRoot(here places, wanted string) (*rootdir.Root, error) {
	if wanted == "" {
		root, err := rootdir.Fresh(here.runBase())
		if err != nil {
			return nil, err
		}
		return root, checkRoot(root)
	}
	path, err := filepath.Abs(wanted)
	if err != nil {
		return nil, fmt.Errorf("find the root directory: %w", err)
	}
	root, err := rootdir.Make(path)
	if err != nil {
		return nil, err
	}
	return root, checkRoot(root)
}

func checkRoot(root *rootdir.Root) error {
	if len(root.Path) > node.LongestRoot {
		return join(fmt.Errorf("the root directory %q is too long a path for the sockets in it (over %d bytes): name a shorter one with -root",
			root.Path, node.LongestRoot), root.Remove())
	}
	if within(root.Path, "/run") || within(root.Path, "/var/run") {
		return join(fmt.Errorf("the root directory %q is in /run, which is another one on the node: name one elsewhere with -root", root.Path), root.Remove())
	}
	return nil
}

func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// furnishRoot fills the root directory: the node's own programs, what prepare adds, and the spec.
func furnishRoot(here places, spec *node.Spec, prepare func(*node.Spec) error) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	// Linked or copied, because `go run` removes its own when it ends.
	if err := node.Place(self, spec.Program("testnode")); err != nil {
		return err
	}
	links, err := here.programs()
	if err != nil {
		return err
	}
	for _, name := range shims {
		links[name] = "testnode"
	}
	for name, target := range links {
		if err := os.Symlink(target, spec.Program(name)); err != nil {
			return fmt.Errorf("give the node its own %s: %w", name, err)
		}
	}
	if err := prepare(spec); err != nil {
		return err
	}
	return spec.Write()
}

// orphaned tells when `go run`, if that started us, has gone: it dies of SIGTERM without telling us.
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

// executable finds a program that the user has named, and says what to do when it is not there.
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
