// SPDX-License-Identifier: Apache-2.0

// Package node runs this program again on a test node, which hack/testnode brings up and takes down.
package node

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Inside tells whether this program runs on a node already.
func Inside() bool { return os.Getenv("KUBELET_URL") != "" }

// Enter runs this program with the arguments on a node with the given kubelet (empty: testnode's default), and returns its exit
// code. The node has gone down when it returns.
func Enter(kubelet string, args []string) (int, error) {
	repo, err := repository()
	if err != nil {
		return 1, err
	}
	self, err := os.Executable()
	if err != nil {
		return 1, fmt.Errorf("find this program, to run it on a node: %w", err)
	}
	// A program of our own, and not `go run`, gets the signals that are sent on to it.
	dir, err := os.MkdirTemp("", "demo-")
	if err != nil {
		return 1, fmt.Errorf("make a place for the test node's program: %w", err)
	}
	defer os.RemoveAll(dir)
	testnode := filepath.Join(dir, "testnode")
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	say("building the test node's program")
	build := exec.Command("go", "build", "-o", testnode, "./hack/testnode")
	build.Dir = repo
	if code, err := run(build, signals); code != 0 || err != nil {
		return code, errors.Join(errors.New("hack/testnode cannot be built"), err)
	}
	if !furnished(repo) {
		say("setting this machine up for a test node, once; this takes minutes")
		setup := exec.Command(testnode, "setup")
		setup.Dir = repo
		if code, err := run(setup, signals); code != 0 || err != nil {
			return code, err
		}
	}
	// At -v=3 the kubelet logs its events: the only witness of when a container is told to stop.
	argv := []string{"run", "-v", "3"}
	if kubelet != "" {
		argv = append(argv, "-kubelet", kubelet)
	}
	return run(exec.Command(testnode, append(append(argv, "--", self), args...)...), signals)
}

// run waits for the program also when it was told to end: it has a node to take down.
func run(command *exec.Cmd, signals <-chan os.Signal) (int, error) {
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := command.Start(); err != nil {
		return 1, fmt.Errorf("run %q: %w", command.Path, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for {
		select {
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				return max(exit.ExitCode(), 1), nil
			}
			if err != nil {
				return 1, fmt.Errorf("wait for %q: %w", command.Path, err)
			}
			return 0, nil
		case received := <-signals:
			// Ctrl-C reaches the whole process group; a second delivery would mean: at once.
			if received != syscall.SIGINT {
				_ = command.Process.Signal(received)
			}
		}
	}
}

func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for {
		if text, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && strings.HasPrefix(string(text), "module kubelet-ordering\n") {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("this is not inside the repository: change to it")
		}
		dir = filepath.Dir(dir)
	}
}

// furnished tells whether `testnode setup` has run.
func furnished(repo string) bool {
	for _, name := range []string{"bin/containerd", "bin/runc", "images"} {
		if _, err := os.Stat(filepath.Join(repo, "_output", "node", name)); err != nil {
			return false
		}
	}
	return true
}

var begin = time.Now()

func say(what string) {
	fmt.Fprintf(os.Stderr, "demo %10.1fs  %s\n", time.Since(begin).Seconds(), what)
}
