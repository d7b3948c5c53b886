// SPDX-License-Identifier: Apache-2.0

// Package onnode runs this program a second time on a test node, which hack/testnode brings up and takes down. On the machine, use a
// Program (program.go, run.go); on the node, use Open (here.go, manifests.go).
package onnode

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"kubelet-ordering/hack/internal/repository"
)

// Program is a built hack/testnode. From Build until Close, SIGINT, SIGTERM and SIGHUP do not kill this process, because it may have
// to take a node down.
type Program struct {
	dir     string
	signals chan os.Signal
}

// Build builds hack/testnode. A code other than 0 is the exit code for the caller.
func Build() (program *Program, code int, err error) {
	repo, err := repository.Root()
	if err != nil {
		return nil, 1, err
	}
	// Do not use `go run`, which does not forward signals to the program.
	dir, err := os.MkdirTemp("", "onnode-")
	if err != nil {
		return nil, 1, fmt.Errorf("make a place for the test node's program: %w", err)
	}
	p := &Program{dir: dir, signals: make(chan os.Signal, 4)}
	signal.Notify(p.signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	build := exec.Command("go", "build", "-o", p.path(), "./hack/testnode")
	build.Dir = repo
	if code, err := p.run(build); code != 0 || err != nil {
		return nil, code, errors.Join(errors.New("hack/testnode cannot be built: are you inside the repository?"), err, p.Close())
	}
	return p, 0, nil
}

// Run runs this program with the arguments on a node that `testnode run` brings up with the flags, and returns the exit code. The node
// is down when Run returns.
func (p *Program) Run(flags, args []string) (int, error) { return p.runOn("run", flags, args) }

// RunInCluster is like Run with `testnode cluster`: the node has an API server, and KUBECONFIG names its credentials.
func (p *Program) RunInCluster(flags, args []string) (int, error) {
	return p.runOn("cluster", flags, args)
}

func (p *Program) runOn(command string, flags, args []string) (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 1, fmt.Errorf("find this program, to run it on a node: %w", err)
	}
	return p.run(exec.Command(p.path(), slices.Concat([]string{command}, flags, []string{"--", self}, args)...))
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
