// SPDX-License-Identifier: Apache-2.0

// Command build builds the programs of the assembled trees. It prints how much there is to build before it begins. hack/build.sh
// runs it from the root of the repository.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"kubelet-ordering/hack/internal/gobuild"
	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/internal/setup"
)

func main() { os.Exit(main1()) }

// main1 returns the exit code.
func main1() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	goFlags := flag.String("go-flags", "", "`flags` of the go command for the trees' programs, separated by spaces")
	flag.Parse()
	chosen, err := parse(flag.Args())
	if err == nil {
		err = run(ctx, chosen, strings.Fields(*goFlags))
	}
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "build: interrupted; what has been compiled is kept")
		return 130
	case err != nil:
		fmt.Fprintln(os.Stderr, "build:", err)
		return 1
	}
	return 0
}

func run(ctx context.Context, chosen []job, goFlags []string) error {
	log := progress.New("build", os.Stderr)
	repo, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("find the repository: %w", err)
	}
	node, nodeTree, ldflags := false, "", map[string]string{}
	var builds []gobuild.Build
	for _, job := range chosen {
		switch job.target {
		case "node":
			node = true
			continue
		case "node-images":
			node, nodeTree = true, filepath.Join(repo, job.tree())
		}
		if !targets[job.target].module && ldflags[job.tree()] == "" {
			if ldflags[job.tree()], err = makeTree(ctx, job, log); err != nil {
				return err
			}
		}
		if job.target != "node-images" {
			builds = append(builds, job.build(repo, goFlags, ldflags[job.tree()]))
		}
	}
	if node {
		source, err := setup.RuntimeOf(os.Getenv(setup.RuntimeVariable))
		if err != nil {
			return err
		}
		return setup.Setup{Repo: repo, Out: filepath.Join(repo, "_output/node"), Runtime: source, Tree: nodeTree, Log: log}.Run(ctx, builds...)
	}
	plan, err := gobuild.NewPlan(ctx, log, builds...)
	if err != nil {
		return err
	}
	return plan.Run(ctx)
}

// makeTree assembles the job's tree and returns the linker flags that set its version.
func makeTree(ctx context.Context, job job, log *progress.Log) (string, error) {
	made, err := assemble(ctx, job.assembleFlags()...)
	if err != nil {
		return "", err
	}
	log.Printf("%s", made)
	return assemble(ctx, append([]string{"ldflags"}, job.assembleFlags()...)...)
}

// assemble runs hack/assemble, which hack/build.sh builds in the same directory as this program, and returns its output.
func assemble(ctx context.Context, args ...string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find hack/assemble: %w", err)
	}
	command := exec.CommandContext(ctx, filepath.Join(filepath.Dir(self), "assemble"), args...)
	command.Stderr = os.Stderr
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("assemble the tree: %w", err)
	}
	return strings.TrimSpace(string(output)), nil
}
