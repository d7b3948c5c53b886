// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"

	"kubelet-ordering/hack/kind/internal/command"
	"kubelet-ordering/hack/kind/internal/engine"
)

// kubectl asks a cluster.
type kubectl struct {
	command.Runner
	// program is the beginning of its command line.
	program []string
}

// kubectlOfKind is the kubectl on a control plane of a kind cluster: it needs neither a kubectl nor a kubeconfig here.
func kubectlOfKind(ctx context.Context, e engine.Engine, cluster string) (kubectl, error) {
	nodes, err := e.Nodes(ctx, cluster)
	if err != nil {
		return kubectl{}, err
	}
	return kubectl{Runner: e.Runner, program: e.Args("exec", "-i", nodes[0], "kubectl", "--kubeconfig=/etc/kubernetes/admin.conf")}, nil
}

// kubectlHere is this machine's kubectl, with the user's choice of a cluster.
func kubectlHere(r command.Runner, kubeconfig, context string) kubectl {
	program := []string{"kubectl"}
	if kubeconfig != "" {
		program = append(program, "--kubeconfig="+kubeconfig)
	}
	if context != "" {
		program = append(program, "--context="+context)
	}
	return kubectl{Runner: r, program: program}
}

func (k kubectl) output(ctx context.Context, args ...string) (string, error) {
	output, err := command.Output(ctx, k.Runner, k.args(args)...)
	if err != nil {
		return "", fmt.Errorf("kubectl %s: %w", args[0], err)
	}
	return output, nil
}

// tell runs a command whose progress the user wants to see.
func (k kubectl) tell(ctx context.Context, to io.Writer, args ...string) error {
	_, err := k.Run(ctx, command.Command{Args: k.args(args), Tell: to})
	return err
}

func (k kubectl) args(args []string) []string {
	return append(append([]string{}, k.program...), args...)
}
