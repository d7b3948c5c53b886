// SPDX-License-Identifier: Apache-2.0

// Package onnode runs this program again on a test node, which hack/testnode brings up and takes down.
package onnode

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"kubelet-ordering/hack/internal/repository"
)

// Inside tells whether this program runs on a node already.
func Inside() bool { return os.Getenv("KUBELET_URL") != "" }

// Program is hack/testnode, built. From its making to its Close this process does not die of SIGINT, SIGTERM and SIGHUP: it may
// have a node to take down.
type Program struct {
	name, repo, dir string
	begin           time.Time
	signals         chan os.Signal
}

// Build builds the test node's program, and sets the machine up for a node if nobody has. The name is that of the caller, for
// what it tells the user. The code is 0, or that with which the caller is to exit.
func Build(name string) (program *Program, code int, err error) {
	repo, err := repository.Root()
	if err != nil {
		return nil, 1, err
	}
	// A program of our own, and not `go run`, gets the signals that are sent on to it.
	dir, err := os.MkdirTemp("", name+"-")
	if err != nil {
		return nil, 1, fmt.Errorf("make a place for the test node's program: %w", err)
	}
	p := &Program{name: name, repo: repo, dir: dir, begin: time.Now(), signals: make(chan os.Signal, 4)}
	signal.Notify(p.signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	if code, err := p.build(); code != 0 || err != nil {
		return nil, code, errors.Join(err, p.Close())
	}
	return p, 0, nil
}

func (p *Program) build() (int, error) {
	p.say("building the test node's program")
	build := exec.Command("go", "build", "-o", p.path(), "./hack/testnode")
	build.Dir = p.repo
	if code, err := p.run(build); code != 0 || err != nil {
		return code, errors.Join(errors.New("hack/testnode cannot be built"), err)
	}
	if furnished(p.repo) {
		return 0, nil
	}
	p.say("setting this machine up for a test node, once")
	setup := exec.Command(p.path(), "setup")
	setup.Dir = p.repo
	return p.run(setup)
}

// Node is what a program is run on.
type Node struct {
	// Kubelet is the path of the kubelet; empty is testnode's default.
	Kubelet string
	// Verbosity of the kubelet's log; 0 is testnode's default.
	Verbosity int
}

// Run runs this program with the arguments on a node, and returns its exit code. The node has gone down when it returns.
func (p *Program) Run(node Node, args []string) (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 1, fmt.Errorf("find this program, to run it on a node: %w", err)
	}
	argv := []string{"run"}
	if node.Verbosity > 0 {
		argv = append(argv, "-v", fmt.Sprint(node.Verbosity))
	}
	if node.Kubelet != "" {
		argv = append(argv, "-kubelet", node.Kubelet)
	}
	return p.run(exec.Command(p.path(), append(append(argv, "--", self), args...)...))
}

// Close removes the program.
func (p *Program) Close() error {
	signal.Stop(p.signals)
	if err := os.RemoveAll(p.dir); err != nil {
		return fmt.Errorf("remove the test node's program: %w", err)
	}
	return nil
}

func (p *Program) path() string { return filepath.Join(p.dir, "testnode") }

func (p *Program) say(what string) {
	fmt.Fprintf(os.Stderr, "%s %10.1fs  %s\n", p.name, time.Since(p.begin).Seconds(), what)
}

// furnished reports whether `testnode setup` has run.
func furnished(repo string) bool {
	_, err := os.Stat(filepath.Join(repo, "_output", "node", "images", "index.json"))
	return err == nil
}
