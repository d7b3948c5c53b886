// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// now is the clock of all commands. Tests stop it.
var now = time.Now

// NewCommand returns the plugin's root command.
func NewCommand(streams genericiooptions.IOStreams) *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-order",
		Short: "See the order of a pod's containers, ask why it waits, find mistakes",
		Long: "Shows the order in which the containers of a pod start and stop, why a pod waits, and what is wrong with an order before a node\n" +
			"says so. It reads annotations (container.lifecycle.alpha.kubernetes.io/CONTAINER) and, where the API server has it, the field\n" +
			"lifecycle of a container.\n\n" +
			"Exit codes: 0 nothing is wrong, 1 something was found (an invalid order, a problem, a container that waits), 2 the command failed.",
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl order"},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.ErrOut)
	config := genericclioptions.NewConfigFlags(true)
	config.AddFlags(root.PersistentFlags())
	b := &base{streams: streams, config: config, now: now}
	b.completeConfig(root)
	for _, newCommand := range []func(*base) *cobra.Command{newGraph, newPlan, newLint, newWhy, newTimeline, newChain, newNodes} {
		root.AddCommand(newCommand(b))
	}
	root.SetHelpCommand(&cobra.Command{Hidden: true, Use: "no-help"})
	return root
}

// examples formats the examples of a help text.
func examples(text string) string {
	var out []string
	for line := range strings.Lines(strings.TrimSpace(text)) {
		out = append(out, "  "+strings.TrimSpace(line))
	}
	return strings.Join(out, "\n")
}
