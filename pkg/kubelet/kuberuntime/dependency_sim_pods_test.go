// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// simPod is a random pod that uses ordering, with its edges and the behavior of its containers.
type simPod struct {
	podBuilder
	said map[string]*dependency.Lifecycle
	// edges lead from a container to its dependencies. They are derived here from the rules of KEP.md, not by the
	// package under test.
	edges  map[string]map[string]dependency.Condition
	habits map[string]*simHabits
}

// simHabits describes how a container behaves.
type simHabits struct {
	// startsIn and readyIn are how long its startup and readiness probes take to pass.
	startsIn, readyIn time.Duration
	// neverReady means that its readiness probe never passes.
	neverReady bool
	// runs is how long it runs before it exits by itself, or 0 for ever; code is its exit code.
	runs time.Duration
	code int32
	// stopsIn is how long it takes to stop. Some containers ignore the signal.
	stopsIn time.Duration
	// postStart and preStop are how long its hooks run.
	postStart, preStop time.Duration
}

// newSimPod returns a random valid pod.
func newSimPod(random *rand.Rand) *simPod {
	for {
		p := drawSimPod(random)
		if _, err := ordering.ForPod(p.Pod); err == nil {
			p.edges = edgesByTheBook(p.Spec.Containers, p.Spec.InitContainers, p.said)
			return p
		}
	}
}

func drawSimPod(random *rand.Rand) *simPod {
	chance := func(percent int) bool { return random.IntN(100) < percent }
	upTo := func(seconds int) time.Duration {
		return time.Duration(random.IntN(seconds*1000+1)) * time.Millisecond
	}
	names := []string{"a", "b", "c", "d", "e", "f"}[:2+random.IntN(5)]
	// All dependencies follow one random order, so that most pods are valid.
	hidden := slices.Clone(names)
	random.Shuffle(len(hidden), func(i, j int) { hidden[i], hidden[j] = hidden[j], hidden[i] })

	p := &simPod{podBuilder: podOf(names...), said: map[string]*dependency.Lifecycle{}, habits: map[string]*simHabits{}}
	p.policy([]v1.RestartPolicy{v1.RestartPolicyAlways, v1.RestartPolicyOnFailure, v1.RestartPolicyNever}[random.IntN(3)])
	p.grace([]int64{2, 10, 30, 60}[random.IntN(4)])
	for _, name := range []string{"i", "m", "n"}[:random.IntN(4)] {
		p.native(name)
		if name == "i" || chance(30) {
			p.with(name, func(c *v1.Container) { c.RestartPolicy = nil })
		}
	}
	for _, name := range names {
		if chance(50) {
			p.with(name, restarts([]v1.ContainerRestartPolicy{v1.ContainerRestartPolicyAlways, v1.ContainerRestartPolicyOnFailure,
				v1.ContainerRestartPolicyNever}[random.IntN(3)]))
		}
	}
	for at, name := range hidden {
		if chance(80) {
			l := &dependency.Lifecycle{}
			if chance(35) {
				l.Type = dependency.Sidecar
			}
			targets := append([]string{"absent", "m", "n"}, hidden[:at]...)
			for range random.IntN(4) {
				conditions := []dependency.Condition{"", dependency.Started, dependency.Ready}
				target := targets[random.IntN(len(targets))]
				if c := p.regular(target); c != nil && containerMayFinish(p.Pod, c) {
					conditions = append(conditions, dependency.Completed, dependency.Succeeded, dependency.Completed, dependency.Succeeded)
				}
				l.DependsOn = append(l.DependsOn, dependency.Dependency{
					Container: target, Condition: conditions[random.IntN(len(conditions))], Optional: true})
			}
			dependents := append([]string{"*", "absent"}, hidden[at+1:]...)
			if chance(25) {
				l.Before = append(l.Before, dependents[random.IntN(len(dependents))])
			}
			if chance(15) {
				limit := 1 + random.Int64N(min(8, *p.Spec.TerminationGracePeriodSeconds))
				l.StopTimeoutSeconds = &limit
			}
			text, err := json.Marshal(l)
			if err != nil {
				panic(err)
			}
			p.says(name, string(text))
			p.said[name] = l
		}
	}
	if len(p.said) == 0 {
		p.says(names[0], `{}`)
	}
	for _, containers := range [][]v1.Container{p.Spec.Containers, p.Spec.InitContainers} {
		for i := range containers {
			c := &containers[i]
			h := &simHabits{startsIn: upTo(4), readyIn: upTo(4), neverReady: chance(20), stopsIn: upTo(3), postStart: upTo(4), preStop: upTo(3)}
			p.habits[c.Name] = h
			if chance(12) {
				h.stopsIn = time.Hour
			}
			if containerMayFinish(p.Pod, c) && chance(75) {
				h.runs = time.Second + upTo(30)
			}
			if chance(20) {
				h.code = 1
			}
			if chance(25) {
				// Its image must be pulled.
				c.Image = "image:" + c.Name
				c.ImagePullPolicy = []v1.PullPolicy{v1.PullAlways, v1.PullIfNotPresent}[random.IntN(2)]
			}
			initial := slices.ContainsFunc(p.Spec.InitContainers, func(i v1.Container) bool { return i.Name == c.Name })
			if initial && c.RestartPolicy == nil {
				h.runs, h.code = time.Second+upTo(2), 0
				continue
			}
			if chance(40) {
				ready(c)
			}
			if chance(30) {
				startup(c)
			}
			if chance(25) {
				postStart(c)
			}
			if chance(40) {
				preStop(c)
			}
		}
	}
	return p
}

// policyOf returns the effective restart policy of a regular container.
func policyOf(pod *v1.Pod, c *v1.Container) v1.RestartPolicy {
	if c.RestartPolicy != nil {
		return v1.RestartPolicy(*c.RestartPolicy)
	}
	return pod.Spec.RestartPolicy
}

func containerMayFinish(pod *v1.Pod, c *v1.Container) bool {
	return policyOf(pod, c) != v1.RestartPolicyAlways
}

// edgesByTheBook derives the edges of a pod from the rules of KEP.md.
func edgesByTheBook(regular, initial []v1.Container, said map[string]*dependency.Lifecycle) map[string]map[string]dependency.Condition {
	explicit, wildcard := map[string]map[string]dependency.Condition{}, map[string]bool{}
	known, native := map[string]bool{}, map[string]bool{}
	for _, c := range regular {
		known[c.Name], explicit[c.Name] = true, map[string]dependency.Condition{}
	}
	for _, c := range initial {
		native[c.Name] = c.RestartPolicy != nil
	}
	for name, l := range said {
		for _, before := range l.Before {
			if before == "*" {
				wildcard[name] = true
			} else if known[before] {
				explicit[before][name] = dependency.Ready
			}
		}
	}
	for name, l := range said {
		for _, d := range l.DependsOn {
			if condition := d.Condition; known[d.Container] || native[d.Container] {
				if condition == "" {
					condition = dependency.Ready
				}
				explicit[name][d.Container] = condition
			}
		}
	}
	sidecar := func(name string) bool { return said[name] != nil && said[name].Type == dependency.Sidecar }
	all, candidates := map[string]map[string]bool{}, map[string]map[string]bool{}
	for name := range known {
		all[name], candidates[name] = map[string]bool{}, map[string]bool{}
		for target := range explicit[name] {
			all[name][target] = true
		}
		for target := range known {
			if name != target && !sidecar(name) && (sidecar(target) || wildcard[target] && !wildcard[name]) {
				candidates[name][target], all[name][target] = true, true
			}
		}
	}
	reach := func(from, to string) bool {
		seen, todo := map[string]bool{}, []string{from}
		for len(todo) > 0 {
			next := todo[0]
			todo = todo[1:]
			for target := range all[next] {
				if target == to {
					return true
				}
				if !seen[target] {
					seen[target] = true
					todo = append(todo, target)
				}
			}
		}
		return false
	}
	for name := range candidates {
		for target := range candidates[name] {
			if _, taken := explicit[name][target]; !taken && !reach(target, name) {
				explicit[name][target] = dependency.Ready
			}
		}
	}
	return explicit
}

// mustStopBefore returns the containers that must have stopped before the named one is told to stop.
func (p *simPod) mustStopBefore(name string) map[string]bool {
	before := map[string]bool{}
	later := false
	for _, c := range p.Spec.InitContainers {
		if later && c.RestartPolicy != nil {
			before[c.Name] = true
		}
		if c.Name == name {
			later = true
		}
	}
	if later && p.container(name).RestartPolicy == nil {
		// Nothing is promised about a plain init container, beside which a regular one runs only in a former sandbox.
		return nil
	}
	if later {
		for _, c := range p.Spec.Containers {
			before[c.Name] = true
		}
		return before
	}
	todo := []string{name}
	for len(todo) > 0 {
		target := todo[0]
		todo = todo[1:]
		for other, waits := range p.edges {
			if _, waiting := waits[target]; waiting && !before[other] {
				before[other] = true
				todo = append(todo, other)
			}
		}
	}
	return before
}

// waitedFor reports whether any container waits for the named one.
func (p *simPod) waitedFor(name string) bool {
	for _, waits := range p.edges {
		if _, found := waits[name]; found {
			return true
		}
	}
	return false
}

func (p *simPod) isStandard(name string) bool {
	return p.regular(name) != nil && (p.said[name] == nil || p.said[name].Type != dependency.Sidecar)
}

// regular returns the regular container of the name, or nil.
func (p *simPod) regular(name string) *v1.Container {
	for i := range p.Spec.Containers {
		if p.Spec.Containers[i].Name == name {
			return &p.Spec.Containers[i]
		}
	}
	return nil
}

func (p *simPod) container(name string) *v1.Container {
	for i := range p.Spec.InitContainers {
		if p.Spec.InitContainers[i].Name == name {
			return &p.Spec.InitContainers[i]
		}
	}
	return p.regular(name)
}
