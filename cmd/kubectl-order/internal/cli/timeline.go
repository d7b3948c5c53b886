// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"kubelet-ordering/cmd/kubectl-order/internal/history"
	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/cmd/kubectl-order/internal/source"
	"kubelet-ordering/cmd/kubectl-order/internal/traces"
	"kubelet-ordering/cmd/kubectl-order/internal/why"
	"kubelet-ordering/internal/chart"
	"kubelet-ordering/internal/facts"
	"kubelet-ordering/internal/picture"
	"kubelet-ordering/internal/screen"
	"kubelet-ordering/internal/timeline"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// pause between two looks at a pod that is watched.
const pause = time.Second

// inSeconds is what the pictures say of their accuracy.
const inSeconds = "The times of a status are in whole seconds. When a container became Ready is inferred from what waited for it."

func newTimeline(b *base) *cobra.Command {
	var from source.Options
	var out output
	var watch bool
	var file string
	c := &cobra.Command{
		Use:   "timeline (POD | -f FILE)",
		Short: "Draw what the containers of a pod did, and when",
		Long: "Draws what the containers of a pod did and when: how they waited, started, were ready and stopped, as far as its status and its events\n" +
			"tell. " + inSeconds + "\nWith --watch it draws on until the pod has ended.",
		Example: examples(`
			# The start of a pod
			kubectl order timeline running

			# Watch it
			kubectl order timeline mission --watch

			# A picture
			kubectl order timeline stopping -o svg > stopping.svg

			# With the exact times of the kubelet's traces, as a collector has written them
			kubectl order timeline running --traces traces.json`),
		RunE: func(c *cobra.Command, args []string) error {
			from.Args = args
			return b.timeline(c.Context(), &from, &out, watch, file)
		},
	}
	b.addSource(c, &from)
	out.add(c, asSVG)
	c.Flags().BoolVarP(&watch, "watch", "w", false, "draw on until the pod has ended, or Ctrl-C")
	c.Flags().StringVar(&file, "traces", "", "file of the kubelet's traces (OTLP in JSON), from which the times are taken")
	_ = c.MarkFlagFilename("traces", "json", "jsonl")
	return c
}

// past is one pod with its past.
type past struct {
	*facts.Pod
	graph *dependency.Graph
	// notInForce says why the containers did not follow the order, or is empty.
	notInForce string
	notes      []string
}

// past reads the one pod that is named, and reconstructs its past.
func (b *base) past(ctx context.Context, from *source.Options, memory *history.Memory) (*past, *source.Pod, error) {
	var found *source.Pod
	err := from.Visit(func(p *source.Pod) error {
		switch {
		case !p.IsPod():
			return fmt.Errorf("%s is a template, which has no past: name one of its pods", p)
		case found != nil:
			return errors.New("there is more than one pod: name one")
		}
		found = p
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if found == nil {
		return nil, nil, errors.New("there is no such pod")
	}
	known, err := b.asker().facts(ctx, found)
	if err != nil {
		return nil, nil, err
	}
	result := &past{}
	if x, err := found.Explain(); err == nil && x != nil {
		result.graph = x.Graph
	}
	if memory != nil {
		memory.Note(b.now(), found.Pod)
	}
	result.notInForce = why.NotInForce(known)
	result.Pod, result.notes, err = history.Of(found.Pod, result.graph, known.Events, memory)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", found, err)
	}
	if result.notInForce != "" {
		result.notes = append(result.notes, result.notInForce)
	}
	return result, found, nil
}

// until is the time up to which a timeline is drawn. A pod that neither waits nor stops, and in which nothing has happened for long, is
// drawn up to its last change.
func (p *past) until(now time.Time) (time.Time, string) {
	last := history.LastChange(p.Pod)
	shown := last.Sub(p.Begin)
	if p.Waits() || !p.Withdrawn.IsZero() && p.End.IsZero() {
		return now, ""
	}
	if now.Sub(last) > 2*shown+30*time.Second {
		return last.Add(shown/5 + 2*time.Second), "Nothing has changed since " + last.UTC().Format(time.RFC3339) + "."
	}
	return now, ""
}

// exact takes the times from a file of traces, if there is one, and says how exact the times are.
func (p *past) exact(pod *source.Pod, file string) (string, error) {
	if file == "" {
		return inSeconds, nil
	}
	spans, err := traces.File(file)
	if err != nil {
		return "", err
	}
	own := traces.Of(spans, pod.Pod)
	used := traces.Apply(p.Pod, p.graph, own)
	if used == 0 {
		return "", fmt.Errorf("%s has no span of the order of %s: does its kubelet export traces, and are all sampled?", file, pod)
	}
	return fmt.Sprintf("The times are those of %d spans of the kubelet; what has no span is from the status, in whole seconds.", used), nil
}

func (p *past) legend() string {
	if p.graph == nil {
		return ""
	}
	return p.graph.String()
}

func (b *base) timeline(ctx context.Context, from *source.Options, out *output, watch bool, file string) error {
	if err := out.check(); err != nil {
		return err
	}
	if watch {
		if file != "" {
			return errors.New("--watch draws what goes on, and --traces what has been: leave out one of them")
		}
		if out.format != asText || len(from.Files) > 0 {
			return errors.New("--watch draws a pod of the cluster as text: leave out --output and --filename, or --watch")
		}
		return b.watch(ctx, from)
	}
	p, named, err := b.past(ctx, from, nil)
	if err != nil {
		return err
	}
	exact, err := p.exact(named, file)
	if err != nil {
		return err
	}
	until, note := p.until(b.now())
	drawn := timeline.Of(p.Pod, p.graph, until)
	if note != "" {
		p.notes = append(p.notes, note)
	}
	drawn.Note = exact
	if out.format == asSVG {
		return write(b.streams.Out, string(picture.Draw(drawn)))
	}
	if done, err := out.structured(b.streams.Out, []any{rowsOf(named, drawn, append(p.notes, exact))}); done || err != nil {
		return err
	}
	for _, line := range chart.Draw(drawn, p.legend(), chart.Size{Width: b.width()}) {
		if err := write(b.streams.Out, line.Paint(b.depth())+"\n"); err != nil {
			return err
		}
	}
	text := "\n"
	for _, note := range append(p.notes, exact) {
		text += b.style().Dim(safe.Line(note)) + "\n"
	}
	return write(b.streams.Out, text)
}

// width is that of the terminal.
func (b *base) width() int {
	if file, ok := b.streams.Out.(*os.File); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			return width
		}
	}
	if width, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && width > 0 {
		return width
	}
	return 100
}

// rows are the past of a pod, as -o json prints it. Times are in seconds since its beginning.
type rows struct {
	Object     string    `json:"object"`
	Begin      time.Time `json:"begin"`
	Notes      []string  `json:"notes,omitempty"`
	Containers []row     `json:"containers"`
}

type row struct {
	Name  string `json:"name"`
	Role  string `json:"role"`
	Spans []span `json:"spans"`
	Exits []exit `json:"exits,omitempty"`
}

type span struct {
	State  string  `json:"state"`
	From   float64 `json:"fromSeconds"`
	To     float64 `json:"toSeconds"`
	Reason string  `json:"reason,omitempty"`
}

type exit struct {
	At   float64 `json:"atSeconds"`
	Code int32   `json:"code"`
	// Told: the kubelet stopped it.
	Told bool `json:"told,omitempty"`
}

func rowsOf(p *source.Pod, t timeline.Timeline, notes []string) rows {
	all := rows{Object: p.String(), Begin: t.Begin, Notes: notes}
	for _, r := range t.Rows {
		one := row{Name: r.Name, Role: r.Role}
		for _, s := range r.Spans {
			one.Spans = append(one.Spans, span{s.State.String(), s.From.Seconds(), s.To.Seconds(), s.Reason()})
		}
		for _, e := range r.Exits {
			one.Exits = append(one.Exits, exit{e.At.Seconds(), e.Code, e.Told})
		}
		all.Containers = append(all.Containers, one)
	}
	return all
}

// watch draws the pod until it has ended.
func (b *base) watch(ctx context.Context, from *source.Options) error {
	memory := &history.Memory{}
	p, _, err := b.past(ctx, from, memory)
	if err != nil {
		return err
	}
	view := screen.To(b.streams.Out, p.legend())
	for {
		drawn := timeline.Of(p.Pod, p.graph, b.now())
		if drawn.Done {
			view.Final(drawn, nil)
			return nil
		}
		view.Show(drawn)
		select {
		case <-ctx.Done():
			view.Final(drawn, nil)
			return nil
		case <-time.After(pause):
		}
		next, _, err := b.past(ctx, from, memory)
		switch {
		case ctx.Err() != nil:
		case isGone(err):
			p.End = b.now()
			view.Final(timeline.Of(p.Pod, p.graph, p.End), nil)
			return nil
		case err != nil:
			view.Final(drawn, nil)
			return err
		default:
			p = next
		}
	}
}

// isGone reports whether the pod has been deleted.
func isGone(err error) bool {
	for _, one := range flat(err) {
		if apierrors.IsNotFound(one) {
			return true
		}
	}
	return false
}
