// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kubelet-ordering/cmd/kubectl-order/internal/drawing"
	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/cmd/kubectl-order/internal/source"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// The formats of pictures.
const (
	asDot     = "dot"
	asMermaid = "mermaid"
	asSVG     = "svg"
)

// maxGraphs is the greatest number of graphs that one call draws.
const maxGraphs = 1000

func newGraph(b *base) *cobra.Command {
	var from source.Options
	var out output
	var all bool
	c := &cobra.Command{
		Use:   "graph (POD | TYPE/NAME | -f FILE | -k DIRECTORY | -l LABELS | -A)",
		Short: "Draw the order of a pod or pod template, and who says so",
		Long: "Draws the order of a pod or pod template: which container waits for which, which container says so, and which statements do not\n" +
			"count, and why. The pictures leave out edges that follow from others, unless --all is given.",
		Example: examples(`
			# The order of a pod in the cluster
			kubectl order graph mission

			# The order of a Deployment's pods
			kubectl order graph deployment/web

			# A picture of a manifest, without a cluster
			kubectl order graph -f mission.yaml -o svg > mission.svg

			# The same with Graphviz
			kubectl order graph -f mission.yaml -o dot | dot -Tpng > mission.png

			# What a program would apply
			cat mission.yaml | kubectl order graph -f -`),
		RunE: func(_ *cobra.Command, args []string) error {
			from.Args = args
			return b.graph(&from, &out, all)
		},
	}
	b.addSource(c, &from)
	from.Types = []string{"pods"}
	out.add(c, asDot, asMermaid, asSVG)
	c.Flags().BoolVar(&all, "all", false, "draw edges that follow from others, too")
	return c
}

func (b *base) graph(from *source.Options, out *output, all bool) error {
	if err := out.check(); err != nil {
		return err
	}
	var graphs []*drawing.Graph
	invalid, err := b.eachOrdered(from, "its containers start in the order of their list, and stop at once",
		func(p *source.Pod, x *dependency.Explanation) error {
			graphs = append(graphs, drawing.Of(p.String(), p.Pod, x, p.Path))
			return bounded(len(graphs))
		})
	if err != nil {
		return err
	}
	if err := b.draw(graphs, out, all); err != nil {
		return err
	}
	if invalid {
		return errFound
	}
	return nil
}

func (b *base) draw(graphs []*drawing.Graph, out *output, all bool) error {
	if done, err := out.structured(b.streams.Out, graphs); done {
		return err
	}
	var texts []string
	switch out.format {
	case asDot:
		return write(b.streams.Out, drawing.Dot(graphs, all))
	case asSVG:
		if len(graphs) > 1 {
			return fmt.Errorf("--output svg draws one pod, and there are %d: name one", len(graphs))
		}
		for _, g := range graphs {
			return write(b.streams.Out, string(g.SVG(all)))
		}
	case asMermaid:
		for _, g := range graphs {
			texts = append(texts, g.Mermaid(all))
		}
	default:
		for _, g := range graphs {
			texts = append(texts, g.Text(b.style()))
		}
	}
	return write(b.streams.Out, strings.Join(texts, "\n"))
}

// sayInvalid prints the problems of a pod, one a line.
func (b *base) sayInvalid(p *source.Pod, err error) {
	var invalid *dependency.InvalidError
	if !errors.As(err, &invalid) {
		fmt.Fprintf(b.streams.ErrOut, "%s: %s\n", safe.Line(p.String()), safe.Line(err.Error()))
		return
	}
	fmt.Fprintf(b.streams.ErrOut, "%s: the order is invalid:\n", safe.Line(p.String()))
	for _, problem := range invalid.Problems {
		fmt.Fprintf(b.streams.ErrOut, "  %s\n", safe.Line(p.Path(problem.Error())))
	}
	if invalid.More > 0 {
		fmt.Fprintf(b.streams.ErrOut, "  and %d more\n", invalid.More)
	}
}
