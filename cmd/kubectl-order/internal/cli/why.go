// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/cmd/kubectl-order/internal/source"
	"kubelet-ordering/cmd/kubectl-order/internal/why"
)

// Bounds of what is asked about one pod, and of the pods.
const (
	maxEvents = 1000
	maxPods   = 200
)

func newWhy(b *base) *cobra.Command {
	var from source.Options
	var out output
	c := &cobra.Command{
		Use:   "why (POD | -l LABELS | -A | -f FILE)",
		Short: "Say why a pod waits, down to the root, and what to do",
		Long: "Says for each container that waits what it waits for, since when, and what that one is doing, down to the root: a probe that fails, an\n" +
			"image that cannot be pulled, a container that fails again and again, a node whose kubelet does not follow orders. It exits with 1 if\n" +
			"something waits. With --filename it reads pods that were saved with their status (kubectl get pod -o yaml).",
		Example: examples(`
			# Why does this pod not start?
			kubectl order why mission

			# All pods of an app
			kubectl order why -l app=mission

			# A pod that somebody has sent
			kubectl order why -f saved.yaml`),
		RunE: func(c *cobra.Command, args []string) error {
			from.Args = args
			return b.why(c.Context(), &from, &out)
		},
	}
	b.addSource(c, &from)
	from.Types = []string{"pods"}
	out.add(c)
	return c
}

func (b *base) why(ctx context.Context, from *source.Options, out *output) error {
	if err := out.check(); err != nil {
		return err
	}
	var answers []*why.Answer
	asker := b.asker()
	err := from.Visit(func(p *source.Pod) error {
		if !p.IsPod() {
			return fmt.Errorf("%s is a template, which does not wait: name one of its pods, or use --selector", p)
		}
		facts, err := asker.facts(ctx, p)
		if err != nil {
			return err
		}
		if answers = append(answers, why.Ask(facts)); len(answers) > maxPods {
			return fmt.Errorf("there are more than %d pods: name fewer", maxPods)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if done, err := out.structured(b.streams.Out, answers); err != nil {
		return err
	} else if !done {
		var texts []string
		for _, a := range answers {
			texts = append(texts, a.Text(b.now(), b.style()))
		}
		if err := write(b.streams.Out, strings.Join(texts, "\n")); err != nil {
			return err
		}
	}
	for _, a := range answers {
		if a.Waiting() {
			return errFound
		}
	}
	return nil
}

// asker asks the cluster about pods.
type asker struct {
	*base
	nodes map[string]*v1.Node
}

// facts returns what the cluster knows about a pod. What it does not tell is left out: who may read pods may often not read nodes.
func (a *asker) facts(ctx context.Context, p *source.Pod) (why.Facts, error) {
	facts := why.Facts{Pod: p}
	if !p.Live {
		return facts, nil
	}
	client, err := a.client()
	if err != nil {
		return facts, err
	}
	selector := fields.Set{"involvedObject.kind": "Pod", "involvedObject.name": p.Name}
	if p.Pod.UID != "" {
		selector["involvedObject.uid"] = string(p.Pod.UID)
	}
	events, err := client.CoreV1().Events(p.Namespace).List(ctx, metav1.ListOptions{FieldSelector: selector.String(), Limit: maxEvents})
	if err != nil {
		fmt.Fprintf(a.streams.ErrOut, "the events of %s cannot be read, so causes may be missing: %s\n", safe.Line(p.String()), safe.Line(err.Error()))
	} else {
		facts.Events = events.Items
	}
	name := p.Pod.Spec.NodeName
	if name == "" {
		return facts, nil
	}
	if _, known := a.nodes[name]; !known {
		node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
		switch {
		case apierrors.IsForbidden(err), apierrors.IsNotFound(err):
			node = nil
		case err != nil:
			return facts, fmt.Errorf("read node %q: %w", name, err)
		}
		a.nodes[name] = node
	}
	facts.Node = a.nodes[name]
	return facts, nil
}

func (b *base) asker() *asker { return &asker{base: b, nodes: map[string]*v1.Node{}} }
