// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kubelet-ordering/cmd/kubectl-order/internal/drawing"
	"kubelet-ordering/cmd/kubectl-order/internal/safe"
	"kubelet-ordering/cmd/kubectl-order/internal/source"
	"kubelet-ordering/internal/lint"
)

// asSARIF is the format that code scanners exchange.
const asSARIF = "sarif"

// maxProblems is the greatest number of problems of one call.
const maxProblems = 20000

// templateTypes are the types that lint and list when no object is named.
var templateTypes = []string{"pods", "deployments.apps", "statefulsets.apps", "daemonsets.apps", "jobs.batch", "cronjobs.batch"}

func newLint(b *base) *cobra.Command {
	var from source.Options
	var out output
	var strict bool
	c := &cobra.Command{
		Use:   "lint [POD | TYPE/NAME | -f FILE | -k DIRECTORY | -l LABELS | -A]",
		Short: "Find invalid orders and traps in manifests and in the cluster",
		Long: "Finds every problem of the order of pods and pod templates, with file and line: errors, for which the kubelet would hold the pod or\n" +
			"the API server refuse it, and warnings about traps. Without arguments it looks at the namespace. It exits with 1 if there is an\n" +
			"error; with --strict, also if there is a warning.\n\nRules:\n" + ruleList(),
		Example: examples(`
			# The manifests of a repository, also the warnings
			kubectl order lint -R -f manifests --strict

			# What a program would apply, for a code scanner
			cat mission.yaml | kubectl order lint -f - -o sarif

			# All pods, Deployments, StatefulSets, DaemonSets, Jobs and CronJobs of the cluster
			kubectl order lint -A`),
		RunE: func(_ *cobra.Command, args []string) error {
			from.Args = args
			return b.lint(&from, &out, strict)
		},
	}
	b.addSource(c, &from)
	from.Types, from.Lenient, from.All = templateTypes, true, true
	out.add(c, asSARIF)
	c.Flags().BoolVar(&strict, "strict", false, "exit with 1 for warnings, too")
	return c
}

func ruleList() string {
	var text strings.Builder
	for _, r := range lint.Rules() {
		fmt.Fprintf(&text, "  %-24s %s\n", r.Name, r.About)
	}
	return strings.TrimRight(text.String(), "\n")
}

// found counts problems.
type found struct{ objects, ordered, errors, warnings int }

func (b *base) lint(from *source.Options, out *output, strict bool) error {
	if err := out.check(); err != nil {
		return err
	}
	var count found
	var kept []lint.Problem
	style := b.style()
	err := from.Visit(func(p *source.Pod) error {
		count.objects++
		if !p.InUse() {
			return nil
		}
		count.ordered++
		for _, problem := range lint.Check(p) {
			if count.add(problem.Severity); count.errors+count.warnings > maxProblems {
				return fmt.Errorf("there are more than %d problems: look at fewer objects", maxProblems)
			}
			if out.format != asText {
				kept = append(kept, problem)
			} else if err := write(b.streams.Out, problemText(problem, style)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil || count.objects > 0 {
		if printed := b.problems(out, kept, count); err == nil {
			err = printed
		}
	}
	switch {
	case err != nil:
		return err
	case count.errors > 0 || strict && count.warnings > 0:
		return errFound
	}
	return nil
}

func (f *found) add(severity string) {
	if severity == lint.Error {
		f.errors++
	} else {
		f.warnings++
	}
}

func (b *base) problems(out *output, kept []lint.Problem, count found) error {
	if kept == nil {
		kept = []lint.Problem{}
	}
	switch out.format {
	case asText:
		text := fmt.Sprintf("%s and %s in %s that use ordering, of %d\n", drawing.Count(count.errors, "error"),
			drawing.Count(count.warnings, "warning"), drawing.Count(count.ordered, "object"), count.objects)
		return write(b.streams.Out, text)
	case asSARIF:
		text, err := lint.SARIF(kept)
		if err != nil {
			return err
		}
		return write(b.streams.Out, string(text)+"\n")
	}
	_, err := out.structured(b.streams.Out, kept)
	return err
}

// problemText writes a problem as compilers do.
func problemText(p lint.Problem, s style) string {
	where := ""
	if p.File != "" {
		where = safe.Line(p.File)
		if p.Line > 0 {
			where += fmt.Sprintf(":%d", p.Line)
		}
		where += ": "
	}
	object := p.Object
	if p.Namespace != "" {
		object += " in " + p.Namespace
	}
	severity := s.Bad(p.Severity)
	if p.Severity != lint.Error {
		severity = s.Bold(p.Severity)
	}
	return fmt.Sprintf("%s%s: %s: %s: %s [%s]\n", where, severity, safe.Line(object), safe.Line(p.Path), safe.Line(p.Message), p.Rule)
}
