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
	// package under test. stopEdges are those that order the stop, too.
	edges, stopEdges simEdges
	habits           map[string]*simHabits
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
	// stopsIn is how long it takes to stop, stopCode its exit code then. Some containers ignore the signal.
	stopsIn  time.Duration
	stopCode int32
	// postStart and preStop are how long its hooks run.
	postStart, preStop time.Duration
}

// newSimPod returns a random valid pod.
func newSimPod(random *rand.Rand) *simPod {
	for {
		p := drawSimPod(random)
		if _, err := ordering.ForPod(p.Pod); err == nil {
			p.edges = edgesByTheBook(p.Spec.Containers, p.Spec.InitContainers, p.said)
			p.stopEdges = p.edges.without(byList)
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
			p.drawLifecycle(random, name, hidden[:at], hidden[at+1:])
		}
	}
	for i := range p.Spec.InitContainers {
		if c := &p.Spec.InitContainers[i]; c.RestartPolicy != nil && chance(50) {
			p.drawNativeLifecycle(random, c.Name, hidden)
		}
	}
	if len(p.said) == 0 {
		p.says(names[0], `{}`)
	}
	for _, containers := range [][]v1.Container{p.Spec.Containers, p.Spec.InitContainers} {
		for i := range containers {
			c := &containers[i]
			h := &simHabits{startsIn: upTo(4), readyIn: upTo(4), neverReady: chance(20), stopsIn: upTo(3), postStart: upTo(4), preStop: upTo(3),
				stopCode: 143}
			p.habits[c.Name] = h
			if chance(30) {
				h.stopCode = 0
			}
			if chance(12) {
				h.stopsIn = time.Hour
			}
			if chance(12) {
				h.preStop = time.Hour
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
			if chance(30) {
				postStart(c)
			}
			if chance(40) {
				preStop(c)
			}
		}
	}
	return p
}

// drawLifecycle lets a regular container say something. It may wait for those that come before it in the hidden order.
func (p *simPod) drawLifecycle(random *rand.Rand, name string, earlier, later []string) {
	chance := func(percent int) bool { return random.IntN(100) < percent }
	l := &dependency.Lifecycle{}
	switch {
	case chance(35):
		l.Type = dependency.Sidecar
		if c := p.regular(name); c.RestartPolicy == nil && p.Spec.RestartPolicy == v1.RestartPolicyNever {
			// Without a policy of its own it would never be restarted, and the pod would be invalid.
			restarts([]v1.ContainerRestartPolicy{v1.ContainerRestartPolicyAlways, v1.ContainerRestartPolicyOnFailure}[random.IntN(2)])(c)
		}
	case chance(10):
		l.Type = dependency.Standard
	}
	targets := slices.Concat([]string{"absent", "m", "n"}, earlier)
	l.DependsOn = p.drawEntries(random, random.IntN(4), targets, func(target string) bool {
		c := p.regular(target)
		return c != nil && containerMayFinish(p.Pod, c)
	})
	if chance(30) {
		mayFinish := containerMayFinish(p.Pod, p.regular(name))
		l.Before = p.drawEntries(random, 1+random.IntN(2), slices.Concat([]string{"absent"}, later), func(string) bool { return mayFinish })
	}
	p.drawStop(random, l)
	p.saysThis(name, l)
}

// drawNativeLifecycle lets a native sidecar say something.
func (p *simPod) drawNativeLifecycle(random *rand.Rand, name string, regular []string) {
	l := &dependency.Lifecycle{}
	if random.IntN(2) == 0 {
		l.Type = dependency.Sidecar
	}
	if random.IntN(2) == 0 {
		l.Before = p.drawEntries(random, 1+random.IntN(2), slices.Concat([]string{"absent"}, regular), func(string) bool { return false })
	}
	p.drawStop(random, l)
	p.saysThis(name, l)
}

// drawEntries returns at most n entries with different targets. endAllowed reports whether an entry for the target may wait for an
// end.
func (p *simPod) drawEntries(random *rand.Rand, n int, targets []string, endAllowed func(string) bool) (entries []dependency.Dependency) {
	drawn := map[dependency.Dependency]bool{}
	for range n {
		conditions := []dependency.Condition{"", dependency.Started, dependency.Ready, dependency.None}
		var entry dependency.Dependency
		if random.IntN(4) == 0 {
			entry.Type = []dependency.Type{dependency.Standard, dependency.Sidecar}[random.IntN(2)]
		} else {
			entry.Container, entry.Optional = targets[random.IntN(len(targets))], true
			if endAllowed(entry.Container) {
				conditions = append(conditions, dependency.Completed, dependency.Succeeded, dependency.Completed, dependency.Succeeded)
			}
		}
		if !drawn[entry] {
			drawn[entry] = true
			entry.Condition = conditions[random.IntN(len(conditions))]
			entries = append(entries, entry)
		}
	}
	return entries
}

// drawStop draws what a container says about its stop.
func (p *simPod) drawStop(random *rand.Rand, l *dependency.Lifecycle) {
	l.PreStopTiming = []dependency.PreStopTiming{"", "", dependency.InTurn, dependency.AtTermination}[random.IntN(4)]
	if random.IntN(100) < 15 {
		limit := 1 + random.Int64N(min(8, *p.Spec.TerminationGracePeriodSeconds))
		l.StopTimeoutSeconds = &limit
	}
}

// saysThis annotates the pod with what the container says.
func (p *simPod) saysThis(name string, l *dependency.Lifecycle) {
	text, err := json.Marshal(l)
	if err != nil {
		panic(err)
	}
	p.says(name, string(text))
	p.said[name] = l
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
