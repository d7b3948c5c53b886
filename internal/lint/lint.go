// SPDX-License-Identifier: Apache-2.0

// Package lint finds what is wrong with the order of a pod or pod template: what the kubelet would refuse, and what it would follow
// although it is hardly meant. Each rule is a file.
package lint

import (
	"errors"
	"slices"

	"kubelet-ordering/internal/workload"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// Severities of a problem.
const (
	// Error: the pod is refused or held.
	Error = "error"
	// Warning: the pod runs, but hardly as meant.
	Warning = "warning"
)

// Problem is one finding. Its JSON form is what -o json prints.
type Problem struct {
	Rule      string `json:"rule"`
	Severity  string `json:"severity"`
	Object    string `json:"object"`
	Namespace string `json:"namespace,omitempty"`
	// Path of the field in the object.
	Path string `json:"path"`
	// File and Line are where it stands, if that is known.
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Message string `json:"message"`
}

// rule checks a pod with a valid order. It returns problems whose paths are those of the pod.
type rule struct {
	Rule
	check func(*checked) []Problem
}

// Rule is a kind of problem.
type Rule struct {
	// Name of the rule, and what it is about.
	Name, About string
}

// rules are those for valid orders.
var rules = []rule{probes, graces, hooks, restarts, meshTypes, meshNatives, meshProbes}

// Rules are all rules.
func Rules() []Rule {
	all := []Rule{invalid, injected}
	for _, r := range rules {
		all = append(all, r.Rule)
	}
	return all
}

// checked is a pod with a valid order.
type checked struct {
	*workload.Pod
	*dependency.Explanation
}

// Check returns the problems of a pod or template. It finds none in one that does not use ordering. The containers that are named
// besides the pod are known to be injected.
func Check(p *workload.Pod, injected ...string) []Problem {
	x, err := p.Explain()
	var found []Problem
	switch {
	case err != nil:
		var refused *dependency.InvalidError
		if errors.As(err, &refused) {
			found = ofInvalid(p, refused, injected)
		}
	case x != nil:
		for _, r := range rules {
			for _, problem := range r.check(&checked{p, x}) {
				problem.Rule, problem.Severity = r.Name, Warning
				found = append(found, problem)
			}
		}
	}
	for i := range found {
		f := &found[i]
		f.Object, f.Namespace, f.File = p.String(), p.Namespace, p.File
		f.Path = p.Path(f.Path)
		if p.Line != nil {
			f.Line = p.Line(f.Path)
		}
	}
	slices.SortStableFunc(found, func(a, b Problem) int { return a.Line - b.Line })
	return found
}
