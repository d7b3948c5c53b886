// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kubelet-ordering/cmd/kubectl-order/internal/chain"
	"kubelet-ordering/cmd/kubectl-order/internal/drawing"
	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/cmd/kubectl-order/internal/source"
)

func newChain(b *base) *cobra.Command {
	var from source.Options
	var out output
	var container string
	c := &cobra.Command{
		Use:   "critical-chain (POD | -f FILE)",
		Short: "Say which chain of waits decided when the app started",
		Long: "Says which chain of waits decided when a container started (without --container: the Standard container that started last), what each\n" +
			"link cost, and how much earlier the container would have started at most if that link had taken no time.\n" + inSeconds,
		Example: examples(`
			# What made the start of the app slow?
			kubectl order critical-chain running

			# The same for another container
			kubectl order critical-chain running --container proxy`),
		RunE: func(c *cobra.Command, args []string) error {
			from.Args = args
			return b.chain(c.Context(), &from, &out, container)
		},
	}
	b.addSource(c, &from)
	out.add(c)
	c.Flags().StringVarP(&container, "container", "c", "", "container whose start is explained")
	return c
}

func (b *base) chain(ctx context.Context, from *source.Options, out *output, container string) error {
	if err := out.check(); err != nil {
		return err
	}
	p, named, err := b.past(ctx, from, nil)
	if err != nil {
		return err
	}
	if p.notInForce != "" {
		return fmt.Errorf("%s: no chain of waits decided when a container started: %s", named, p.notInForce)
	}
	found, err := chain.Of(named.String(), p.Pod, p.graph, container)
	if err != nil {
		return err
	}
	if done, err := out.structured(b.streams.Out, []*chain.Chain{found}); done || err != nil {
		return err
	}
	var text strings.Builder
	s := b.style()
	title := fmt.Sprintf("%s: %s started %s s after the pod was created", safe.Line(found.Object), found.Container, seconds(found.Started))
	text.WriteString(s.Bold(title) + "\n\n")
	var lines [][]string
	for _, l := range found.Links {
		condition := l.Condition
		if condition == "" {
			condition = "Running"
		}
		lines = append(lines, []string{
			l.Container, seconds(l.Open) + " s", seconds(l.Started) + " s", fmt.Sprintf("%s at %s s", condition, seconds(l.Held)), seconds(l.Cost()) + " s",
			seconds(l.Gain) + " s",
		})
	}
	text.WriteString(drawing.Table(s, []string{"CONTAINER", "COULD START", "STARTED", "MET", "COST", "GAIN AT MOST"}, lines))
	text.WriteString("\n" + s.Dim(inSeconds) + "\n")
	return write(b.streams.Out, text.String())
}
