// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kubelet-ordering/cmd/kubectl-order/internal/drawing"
	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/cmd/kubectl-order/internal/source"
	"kubelet-ordering/cmd/kubectl-order/internal/stopping"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// planFlags are the flags of plan.
type planFlags struct {
	grace int64
	deaf  []string
}

func newPlan(b *base) *cobra.Command {
	var from source.Options
	var out output
	flags := planFlags{grace: -1}
	c := &cobra.Command{
		Use:   "plan (POD | TYPE/NAME | -f FILE | -k DIRECTORY | -l LABELS | -A)",
		Short: "Predict the stop of a pod: who is told when, and how long it has",
		Long: "Predicts the stop of a pod, with the schedule that the kubelet uses: in the best case every container exits as soon as it is told,\n" +
			"in the worst case each runs until it is killed. --deaf tells what happens if only those containers ignore their signal.",
		Example: examples(`
			# The stop of a pod in the cluster
			kubectl order plan mission

			# Does the app get enough time if the node is drained with 10 s?
			kubectl order plan deployment/web --grace 10

			# What if only the app ignores its signal?
			kubectl order plan -f mission.yaml --deaf web`),
		RunE: func(c *cobra.Command, args []string) error {
			from.Args = args
			if c.Flags().Changed("grace") && (flags.grace < 0 || flags.grace > stopping.MaxGraceSeconds) {
				return fmt.Errorf("--grace %d: use seconds, from 0 to %d", flags.grace, stopping.MaxGraceSeconds)
			}
			return b.plan(&from, &out, flags)
		},
	}
	b.addSource(c, &from)
	from.Types = []string{"pods"}
	out.add(c)
	c.Flags().Int64Var(&flags.grace, "grace", -1, "grace period in seconds (default: the pod's)")
	c.Flags().StringSliceVar(&flags.deaf, "deaf", nil, "containers that ignore their signal until they are killed")
	return c
}

func (b *base) plan(from *source.Options, out *output, flags planFlags) error {
	if err := out.check(); err != nil {
		return err
	}
	var plans []*stopping.Plan
	invalid, err := b.eachOrdered(from, "its regular containers stop at once, then its native sidecars",
		func(p *source.Pod, x *dependency.Explanation) error {
			if missing := slices.IndexFunc(flags.deaf, func(name string) bool { return !hasContainer(x.Graph, name) }); missing >= 0 {
				return fmt.Errorf("--deaf %q: %s has no such regular container or native sidecar", flags.deaf[missing], p)
			}
			plans = append(plans, stopping.Of(p.String(), p.Pod, x.Graph, flags.period(p), flags.deaf, role(x.Graph)))
			return bounded(len(plans))
		})
	if err != nil {
		return err
	}
	if done, err := out.structured(b.streams.Out, plans); done || err != nil {
		return err
	}
	var texts []string
	for _, p := range plans {
		texts = append(texts, planText(p, b.style()))
	}
	if err := write(b.streams.Out, strings.Join(texts, "\n")); err != nil {
		return err
	}
	if invalid {
		return errFound
	}
	return nil
}

// period is the grace period: that of the flag, of the pod's deletion, or of its spec.
func (f planFlags) period(p *source.Pod) int64 {
	switch {
	case f.grace >= 0:
		return f.grace
	case p.Pod.DeletionGracePeriodSeconds != nil:
		return *p.Pod.DeletionGracePeriodSeconds
	case p.Pod.Spec.TerminationGracePeriodSeconds != nil:
		return *p.Pod.Spec.TerminationGracePeriodSeconds
	}
	return dependency.DefaultGracePeriodSeconds
}

func hasContainer(graph *dependency.Graph, name string) bool {
	return graph.IsStandard(name) || graph.IsSidecar(name) || graph.IsNative(name)
}

// role returns the roles of containers.
func role(graph *dependency.Graph) func(string) string {
	return func(name string) string {
		switch {
		case graph.IsNative(name):
			return drawing.Native
		case graph.IsSidecar(name):
			return drawing.Sidecar
		}
		return drawing.Standard
	}
}

func planText(p *stopping.Plan, s style) string {
	var out strings.Builder
	best, worst := p.Ends()
	fmt.Fprintf(&out, "%s\n", s.Bold(fmt.Sprintf("%s: grace period %d s, %s", safe.Line(p.Object), p.GraceSeconds, drawing.Count(p.Stages, "stage"))))
	if p.AtOnce {
		out.WriteString("The grace period is too short for an order: all containers are told at once.\n")
	}
	fmt.Fprintf(&out, "It is over after %s s at best, and after %s s at worst.\n\n", seconds(best), seconds(worst))
	header := []string{"STAGE", "CONTAINER", "ROLE", "IF ALL EXIT AT ONCE", "IF NONE DOES"}
	if len(p.Deaf) > 0 {
		header = append(header, "IF ONLY "+safe.Line(strings.Join(p.Deaf, ", "))+" DOES NOT")
	}
	header = append(header, "PRESTOP HOOK", "STOPS AFTER")
	var rows [][]string
	for _, c := range p.Containers {
		row := []string{strconv.Itoa(c.Stage), safe.Line(c.Name), c.Role, stopText(c.Best), stopText(c.Worst)}
		if c.Deaf != nil {
			row = append(row, stopText(*c.Deaf))
		}
		hook := ""
		switch c.Hook {
		case string(dependency.InTurn):
			hook = "in its turn"
		case string(dependency.AtTermination):
			hook = "at 0 s"
		}
		rows = append(rows, append(row, hook, safe.Line(strings.Join(c.After, ", "))))
	}
	out.WriteString(drawing.Table(s, header, rows))
	return out.String()
}

func stopText(stop stopping.Stop) string {
	if stop.Killed {
		return fmt.Sprintf("told at %s s, killed at %s s", seconds(stop.Told), seconds(stop.Ended()))
	}
	return fmt.Sprintf("told at %s s, has %s s", seconds(stop.Told), seconds(stop.Limit))
}

// seconds writes a number of seconds with at most two decimals.
func seconds(s float64) string {
	text := strconv.FormatFloat(s, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
