// SPDX-License-Identifier: Apache-2.0

package schedule

import (
	"fmt"
	"slices"
	"time"

	"kubelet-ordering/hack/bench/internal/result"
	"kubelet-ordering/hack/bench/internal/shape"
)

// Part is a part of a run.
type Part string

// The parts.
const (
	// Start measures the start and the stop of single pods.
	Start Part = "start"
	// Many measures the start of many pods at once.
	Many Part = "many"
	// Load measures the load of the kubelet with many pods.
	Load Part = "load"
	// Where measures where the time of the start of single pods goes.
	Where Part = "where"
	// Drain counts the requests to an API server for the start and the deletion of many pods.
	Drain Part = "drain"
	// Tenant measures ordinary pods beside hostile ones.
	Tenant Part = "tenant"
)

// Parts are all parts.
var Parts = []Part{Start, Where, Many, Load, Drain, Tenant}

// Options say what to plan.
type Options struct {
	Parts  []Part
	Rounds int
	Cases  []shape.Case
	// Crowd is the number of pods for Many, Load and Drain, and Rest how long to measure the load.
	Crowd int
	Rest  time.Duration
	// Hostile and Ordinary are the numbers of pods for Tenant, and Rest how long to watch them.
	Hostile, Ordinary int
	// Beside is how many pods at rest are on the node for Where.
	Beside int
	// Once: pods that are expected to take longer than this on the pristine kubelet are measured there in the first round only; 0 means
	// that all pods are measured in each round.
	Once time.Duration
	// EveryLoad: measure the load in every round, not only in the first.
	EveryLoad bool
}

// sleepy is the expected time to start from which pods run at the same time, as they mostly sleep.
const sleepy = 10 * time.Second

// Plan returns the jobs in order. The order of the kubelets alternates by round, so that a machine that becomes slower favours neither.
func Plan(o Options) []Job {
	var jobs []Job
	for round := 1; round <= o.Rounds; round++ {
		if o.has(Start) && len(o.Cases) > 0 {
			jobs = append(jobs, Job{Round: round, Subject: result.Runtime, Runtime: sizes(o.Cases)})
			ours, pristine := o.pods(round, result.Ours, shape.Annotations), o.pods(round, result.Pristine, shape.Native)
			jobs = append(jobs, alternate(round, ours, pristine)...)
		}
		if o.has(Where) {
			jobs = append(jobs, alternate(round, o.where(round, result.Ours, shape.Annotations), o.where(round, result.Pristine, shape.Native))...)
		}
		if o.has(Many) {
			native := o.crowd(round, result.Pristine, shape.Native)
			jobs = append(jobs, alternate(round, append(o.crowds(round), native)...)...)
		}
		if o.has(Load) && (round == 1 || o.EveryLoad) {
			group := o.crowds(round)
			for i := range group {
				group[i].Group, group[i].Crowd.Rest, group[i].Crowd.Beside = round, o.Rest, len(group)
			}
			jobs = append(jobs, group...)
		}
		if o.has(Drain) {
			crowd := append(o.crowds(round), o.crowd(round, result.Pristine, shape.Native))
			for i := range crowd {
				crowd[i].Crowd.Drained = true
			}
			jobs = append(jobs, alternate(round, crowd...)...)
		}
		if o.has(Tenant) {
			jobs = append(jobs, alternate(round, o.tenants(round, result.Ours, true), o.tenants(round, result.Pristine, true),
				o.tenants(round, result.Ours, false), o.tenants(round, result.Pristine, false))...)
		}
	}
	jobs = slices.DeleteFunc(jobs, func(j Job) bool { return j.Pods != nil && len(j.Pods.InTurn)+len(j.Pods.Together) == 0 })
	for i := range jobs {
		jobs[i].Progress.Title = fmt.Sprintf("round %d/%d, %s", jobs[i].Round, o.Rounds, jobs[i].what())
	}
	return jobs
}

func (o Options) has(part Part) bool { return slices.Contains(o.Parts, part) }

func (o Options) pods(round int, subject result.Subject, style shape.Style) Job {
	pods := &Pods{Style: style}
	for _, c := range o.Cases {
		expected := c.Expect(style)
		switch {
		case style == shape.Native && round > 1 && o.Once > 0 && expected > o.Once:
		case expected > sleepy:
			pods.Together = append(pods.Together, c)
		default:
			pods.InTurn = append(pods.InTurn, c)
		}
	}
	// Start the longest first, so that the batch does not end with a wait for a single pod.
	slices.SortStableFunc(pods.Together, func(a, b shape.Case) int { return int(b.Expect(style) - a.Expect(style)) })
	return Job{Round: round, Subject: subject, Pods: pods}
}

// where plans pods that have an order and do not sleep most of the time.
func (o Options) where(round int, subject result.Subject, style shape.Style) Job {
	pods := &Pods{Style: style, Breakdown: true, Neighbors: o.Beside}
	for _, c := range o.Cases {
		if c.Period > 0 && c.Expect(style) <= sleepy {
			pods.InTurn = append(pods.InTurn, c)
		}
	}
	return Job{Round: round, Subject: subject, Pods: pods}
}

// crowds plans those whose load is compared.
func (o Options) crowds(round int) []Job {
	return []Job{
		o.crowd(round, result.Ours, shape.Annotations), o.crowd(round, result.Ours, shape.Unordered),
		o.crowd(round, result.Pristine, shape.Unordered),
	}
}

func (o Options) crowd(round int, subject result.Subject, style shape.Style) Job {
	return Job{Round: round, Subject: subject, Crowd: &Crowd{Style: style, Pods: o.Crowd}}
}

func (o Options) tenants(round int, subject result.Subject, hostile bool) Job {
	return Job{Round: round, Subject: subject, Tenants: &Tenants{Hostile: hostile, Neighbors: o.Hostile, Ordinary: o.Ordinary, Rest: o.Rest}}
}

func alternate(round int, jobs ...Job) []Job {
	if round%2 == 0 {
		slices.Reverse(jobs)
	}
	return jobs
}

// sizes returns the numbers of containers of all stages of all pods, and 1, which the bound needs.
func sizes(cases []shape.Case) []int {
	all := []int{1}
	for _, c := range cases {
		for _, stage := range c.Stages() {
			all = append(all, stage.Containers)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (j Job) what() string {
	switch {
	case len(j.Runtime) > 0:
		return "runtime alone"
	case j.Pods != nil && j.Pods.Breakdown:
		return fmt.Sprintf("%s, where the time goes", j.Subject)
	case j.Crowd != nil && j.Crowd.Drained:
		return fmt.Sprintf("%s, drain of %d pods %s", j.Subject, j.Crowd.Pods, j.Crowd.Style)
	case j.Crowd != nil:
		return fmt.Sprintf("%s, %d pods %s", j.Subject, j.Crowd.Pods, j.Crowd.Style)
	case j.Tenants != nil:
		return fmt.Sprintf("%s, %d pods beside %d %s ones", j.Subject, j.Tenants.Ordinary, j.Tenants.Neighbors, j.Tenants.neighbors())
	}
	return string(j.Subject)
}

// CaseOf is the case name of a crowd's samples.
func (c Crowd) CaseOf() string { return "crowd-" + string(c.Style) }

// CaseOf is the case name of the samples of tenants.
func (t Tenants) CaseOf() string { return "tenant-" + t.neighbors() }

func (t Tenants) neighbors() string {
	if t.Hostile {
		return "hostile"
	}
	return "idle"
}
