// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"kubelet-ordering/cmd/kubectl-order/internal/drawing"
	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/cmd/kubectl-order/internal/why"
)

// nodeLabel is the label by which ordered pods select nodes.
const nodeLabel = "node-restriction.kubernetes.io/container-dependencies"

// Bounds of what is asked of nodes.
const (
	nodeChunk       = 500
	maxMetricsBytes = 32 << 20
	askedAtOnce     = 8
	kubeletPatience = 10 * time.Second
)

// nodeRow is what is known of one node. Its JSON form is what -o json prints.
type nodeRow struct {
	Name    string `json:"name"`
	Kubelet string `json:"kubelet"`
	// Follows reports whether the kubelet follows orders, unless its gate is off.
	Follows bool `json:"follows"`
	// Label is the value of the label by which ordered pods select nodes.
	Label string `json:"label,omitempty"`
	// Gates are the kubelet's feature gates of this project, if they were asked for.
	Gates map[string]bool `json:"gates,omitempty"`
	// Problem is why the gates are not known.
	Problem string `json:"problem,omitempty"`
}

func newNodes(b *base) *cobra.Command {
	var out output
	var selector string
	var gates bool
	c := &cobra.Command{
		Use:   "nodes [-l LABELS]",
		Short: "List which nodes follow orders",
		Long: "Lists which nodes have a kubelet that follows orders, with its version, and whether the node has the label by which ordered pods select\n" +
			"nodes. With --gates it asks each kubelet whether its feature gates are on, which needs the permission to get nodes/proxy. It exits\n" +
			"with 1 if a node has the label and its kubelet does not follow orders.",
		Example: examples(`
			# Which nodes follow orders?
			kubectl order nodes

			# And which gates are on?
			kubectl order nodes --gates`),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return b.nodes(c.Context(), &out, selector, gates) },
	}
	out.add(c)
	c.Flags().StringVarP(&selector, "selector", "l", "", "labels of the nodes")
	c.Flags().BoolVar(&gates, "gates", false, "ask each kubelet for its feature gates")
	return c
}

func (b *base) nodes(ctx context.Context, out *output, selector string, gates bool) error {
	if err := out.check(); err != nil {
		return err
	}
	client, err := b.client()
	if err != nil {
		return err
	}
	var rows []nodeRow
	options := metav1.ListOptions{LabelSelector: selector, Limit: nodeChunk}
	for {
		list, err := client.CoreV1().Nodes().List(ctx, options)
		if err != nil {
			return fmt.Errorf("list the nodes: %w", err)
		}
		for i := range list.Items {
			rows = append(rows, newNodeRow(&list.Items[i]))
		}
		if options.Continue = list.Continue; options.Continue == "" {
			break
		}
	}
	if gates {
		askGates(ctx, client, rows)
	}
	if done, err := out.structured(b.streams.Out, rows); err != nil {
		return err
	} else if !done {
		if err := write(b.streams.Out, nodesText(rows, gates, b.style())); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(rows, func(r nodeRow) bool { return r.Label == "true" && !r.does() }) {
		return errFound
	}
	return nil
}

func newNodeRow(node *v1.Node) nodeRow {
	return nodeRow{
		Name: node.Name, Kubelet: node.Status.NodeInfo.KubeletVersion, Follows: why.Follows(node), Label: node.Labels[nodeLabel],
	}
}

// gate is the feature gate of orders.
const gate = "ContainerDependencies"

// does reports whether the node follows orders, as far as is known.
func (r nodeRow) does() bool {
	on, known := r.Gates[gate]
	return r.Follows && (on || !known)
}

// askGates asks the kubelets that follow orders, some at a time.
func askGates(ctx context.Context, client kubernetes.Interface, rows []nodeRow) {
	var wait sync.WaitGroup
	places := make(chan struct{}, askedAtOnce)
	for i := range rows {
		if !rows[i].Follows {
			continue
		}
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			var err error
			if rows[i].Gates, err = gatesOf(ctx, client, rows[i].Name); err != nil {
				rows[i].Problem = err.Error()
			}
		})
	}
	wait.Wait()
}

// enabled is a metric of a feature gate.
var enabled = regexp.MustCompile(`(?m)^kubernetes_feature_enabled\{name="(ContainerDependenc[A-Za-z]+)",[^}]*\} ([01])`)

func gatesOf(ctx context.Context, client kubernetes.Interface, node string) (map[string]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, kubeletPatience)
	defer cancel()
	stream, err := client.CoreV1().RESTClient().Get().Resource("nodes").Name(node).SubResource("proxy").Suffix("metrics").Stream(ctx)
	if err != nil {
		return nil, fmt.Errorf("read its metrics: %w", err)
	}
	defer stream.Close()
	text, err := io.ReadAll(io.LimitReader(stream, maxMetricsBytes))
	if err != nil {
		return nil, fmt.Errorf("read its metrics: %w", err)
	}
	gates := map[string]bool{}
	for _, match := range enabled.FindAllSubmatch(text, -1) {
		gates[string(match[1])] = string(match[2]) == "1"
	}
	if len(gates) == 0 {
		return nil, errors.New("its metrics have no such gate")
	}
	return gates, nil
}

func nodesText(rows []nodeRow, gates bool, s style) string {
	header := []string{"NODE", "FOLLOWS ORDERS", "KUBELET", "LABEL"}
	if gates {
		header = append(header, "GATES")
	}
	var lines [][]string
	follow := 0
	for _, r := range rows {
		follows := "no"
		if r.does() {
			follows = "yes"
			follow++
		}
		line := []string{safe.Line(r.Name), follows, safe.Line(r.Kubelet), safe.Line(r.Label)}
		if gates {
			line = append(line, r.gatesText())
		}
		lines = append(lines, line)
	}
	verb := "follow"
	if len(rows) == 1 {
		verb = "follows"
	}
	return drawing.Table(s, header, lines) + fmt.Sprintf("\n%d of %s %s orders\n", follow, drawing.Count(len(rows), "node"), verb)
}

func (r nodeRow) gatesText() string {
	var parts []string
	for name, on := range r.Gates {
		parts = append(parts, fmt.Sprintf("%s=%v", name, on))
	}
	slices.Sort(parts)
	if r.Problem != "" {
		parts = append(parts, "unknown: "+safe.Line(r.Problem))
	}
	return strings.Join(parts, ", ")
}
