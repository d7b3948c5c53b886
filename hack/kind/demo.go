// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"kubelet-ordering/hack/kind/internal/command"
	"kubelet-ordering/hack/kind/internal/engine"
	"kubelet-ordering/hack/kind/internal/pods"
)

func demo(ctx context.Context, t tool, args []string) error {
	set := flags("demo", "[--name CLUSTER] [-- FLAGS OF hack/demo]",
		"Runs a pod on a node with this project's kubelet of a kind cluster, draws how its containers start and stop, and deletes it.\n"+
			"-- -manifest my-pod.yaml runs your own pod; hack/demo -h shows all flags.\n")
	name := set.String("name", "", "the kind `cluster` (default KIND_CLUSTER_NAME, or else kind)")
	arguments, rest, err := set.parse(args)
	if err != nil {
		return err
	}
	if len(arguments) > 0 {
		return fmt.Errorf("demo takes no argument %q: name the cluster with --name: %w", arguments[0], errUsage)
	}
	if *name == "" {
		*name = kindFlags{}.cluster(os.Getenv)
	}
	if *name == "" {
		*name = "kind"
	}
	e, err := engine.Choose(ctx, t, os.Getenv)
	if err != nil {
		return err
	}
	return t.demo(ctx, e, *name, rest)
}

func (t tool) demo(ctx context.Context, e engine.Engine, cluster string, flags []string) error {
	kubectl, err := kubectlOfKind(ctx, e, cluster)
	if err != nil {
		return err
	}
	nodes, err := kubectl.output(ctx, "get", "nodes", "-l", pods.Label+"=true", "-o", "name")
	if err != nil {
		return err
	}
	if nodes == "" {
		return fmt.Errorf("no node of the cluster %q has the label %s=true: switch one (kind.sh switch NODE ours)", cluster, pods.Label)
	}
	// `go run` would not forward signals.
	program := t.path("_output", "hack", "demo")
	err = t.log.Step("building hack/demo", func() error {
		_, err := command.Output(ctx, t, "go", "-C", t.repo, "build", "-o", program, "./hack/demo")
		return err
	})
	if err != nil {
		return err
	}
	args := append([]string{program, "-kubectl", strings.Join(kubectl.program, " "), "-on-node", strings.Join(e.Args("exec", "-i", "NODE"), " ")}, flags...)
	_, err = t.Run(ctx, command.Command{Args: args, Show: true})
	return err
}
