// SPDX-License-Identifier: Apache-2.0

// Command kind puts this project's kubelet on nodes that people have: it makes node images for kind, creates clusters of them, and
// exchanges the kubelet of a node of kind or kubeadm, in both directions. hack/kind.sh builds and runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/kind/internal/command"
)

// tool is what all subcommands need.
type tool struct {
	command.Runner
	log *progress.Log
	// repo is the root of the repository.
	repo string
}

func (t tool) path(elements ...string) string {
	return filepath.Join(append([]string{t.repo}, elements...)...)
}

// subcommands by their names.
var subcommands = map[string]func(ctx context.Context, t tool, args []string) error{
	"image": image, "create": create, "switch": exchange, "demo": demo, "delete": remove,
}

const usage = `usage: hack/kind.sh SUBCOMMAND

  image --base kindest/node:v1.37.1 [--tag TAG]               make a node image with this project's kubelet
  create [--workers N] [--ordered all|NODES] [-- KIND FLAGS]  create a cluster of it, or a mixed one
  switch NODE ours|stock                                      exchange the kubelet of a node, without a restart of a container
  demo [--name CLUSTER]                                       run a pod and draw its timeline
  delete [-- KIND FLAGS]                                      delete the cluster

SUBCOMMAND -h shows its flags. KIND_EXPERIMENTAL_PROVIDER=podman takes podman instead of Docker, as in kind.
`

// errUsage is a mistake in the command line.
var errUsage = errors.New("see -h")

func main() { os.Exit(main1()) }

// main1 returns the exit code.
func main1() int {
	if len(os.Args) < 3 || subcommands[os.Args[2]] == nil {
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	t := tool{Runner: command.Machine{}, log: progress.New("kind.sh", os.Stderr), repo: os.Args[1]}
	err := subcommands[os.Args[2]](ctx, t, os.Args[3:])
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "kind.sh: interrupted:", err)
		return 130
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "kind.sh:", err)
		return 2
	}
	fmt.Fprintln(os.Stderr, "kind.sh:", err)
	return 1
}

// flagSet are the flags of a subcommand, with a usage for -h.
type flagSet struct {
	*flag.FlagSet
	usage string
}

// flags returns the flags of a subcommand, whose usage is a line and what the line does not say.
func flags(name, line, more string) *flagSet {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	// A mistake gets an error of one line, not the usage.
	set.SetOutput(io.Discard)
	return &flagSet{FlagSet: set, usage: fmt.Sprintf("usage: hack/kind.sh %s %s\n\n%s\n", name, line, more)}
}

// parse parses flags that may stand before, between and behind the arguments, up to `--`, and returns the arguments and what
// follows `--`.
func (set *flagSet) parse(args []string) (arguments, rest []string, err error) {
	for i, arg := range args {
		if arg == "--" {
			args, rest = args[:i], args[i+1:]
			break
		}
	}
	for {
		err := set.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			set.SetOutput(os.Stderr)
			fmt.Fprint(os.Stderr, set.usage)
			set.PrintDefaults()
			return nil, nil, err
		}
		if err != nil && strings.Contains(set.usage, "KIND FLAGS") {
			return nil, nil, fmt.Errorf("%w: kind's own flags follow --, as in hack/kind.sh %s -- --name NAME: %w", err, set.Name(), errUsage)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %w", err, errUsage)
		}
		if args = set.Args(); len(args) == 0 {
			return arguments, rest, nil
		}
		arguments, args = append(arguments, args[0]), args[1:]
	}
}

// join formats a list of problems.
func join(problems []string) string { return "\n  - " + strings.Join(problems, "\n  - ") }
