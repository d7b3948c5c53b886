// SPDX-License-Identifier: Apache-2.0

package ordercheck

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"k8s.io/kubernetes/pkg/api/v1/dependency"
	"k8s.io/kubernetes/pkg/kubelet/ordering"
)

// Subject is a random pod that uses ordering, with its edges and the behavior of its containers.
type Subject struct {
	*v1.Pod
	// Said is what its containers declare.
	Said map[string]*dependency.Lifecycle
	// Edges lead from a container to its dependencies. They are derived here from the rules of KEP.md, not by the
	// package under test. StopEdges are those that order the stop, too.
	Edges, StopEdges Edges
	Habits           map[string]*Habits
}

// Habits describes how a container behaves.
type Habits struct {
	// StartsIn and ReadyIn are how long its startup and readiness probes take to pass.
	StartsIn, ReadyIn time.Duration
	// NeverReady means that its readiness probe never passes.
	NeverReady bool
	// Runs is how long it runs before it exits by itself, or 0 for ever; Code is its exit code.
	Runs time.Duration
	Code int32
	// StopsIn is how long it takes to stop, StopCode its exit code then. Some containers ignore the signal.
	StopsIn  time.Duration
	StopCode int32
	// PostStart and PreStop are how long its hooks run.
	PostStart, PreStop time.Duration
}

// The commands of a pod's probes and hooks. Each stands for the kind of command: a real pod needs others.
const (
	ReadinessProbe = "ready"
	StartupProbe   = "startup"
	PostStart      = "postStart"
	PreStop        = "preStop"
)

// Image is the image of containers that need not be pulled.
const Image = "image:1"

// podOf returns a pod with regular containers of these names, without an order.
func podOf(names []string) *v1.Pod {
	pod := &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "pod", Namespace: "test", UID: "uid"}}
	for _, name := range names {
		pod.Spec.Containers = append(pod.Spec.Containers, containerOf(name))
	}
	return pod
}

func containerOf(name string) v1.Container {
	return v1.Container{Name: name, Image: Image, ImagePullPolicy: v1.PullIfNotPresent}
}

func command(name string) *v1.ExecAction { return &v1.ExecAction{Command: []string{name}} }

// hooks returns the lifecycle of a container, which holds its hooks.
func hooks(c *v1.Container) *v1.Lifecycle {
	if c.Lifecycle == nil {
		c.Lifecycle = &v1.Lifecycle{}
	}
	return c.Lifecycle
}

// NewSubject returns a random valid pod.
func NewSubject(random *rand.Rand) *Subject {
	for {
		p := draw(random)
		if _, err := ordering.ForPod(p.Pod); err == nil {
			p.Edges = EdgesByTheBook(p.Spec.Containers, p.Spec.InitContainers, p.Said)
			p.StopEdges = p.Edges.Without(ByList)
			return p
		}
	}
}

func draw(random *rand.Rand) *Subject {
	chance := func(percent int) bool { return random.IntN(100) < percent }
	upTo := func(seconds int) time.Duration {
		return time.Duration(random.IntN(seconds*1000+1)) * time.Millisecond
	}
	names := []string{"a", "b", "c", "d", "e", "f"}[:2+random.IntN(5)]
	// All dependencies follow one random order, so that most pods are valid.
	hidden := slices.Clone(names)
	random.Shuffle(len(hidden), func(i, j int) { hidden[i], hidden[j] = hidden[j], hidden[i] })

	p := &Subject{Pod: podOf(names), Said: map[string]*dependency.Lifecycle{}, Habits: map[string]*Habits{}}
	p.Spec.RestartPolicy = []v1.RestartPolicy{v1.RestartPolicyAlways, v1.RestartPolicyOnFailure, v1.RestartPolicyNever}[random.IntN(3)]
	p.Spec.TerminationGracePeriodSeconds = &[]int64{2, 10, 30, 60}[random.IntN(4)]
	for _, name := range []string{"i", "m", "n"}[:random.IntN(4)] {
		c := containerOf(name)
		if name != "i" && !chance(30) {
			c.RestartPolicy = ptr.To(v1.ContainerRestartPolicyAlways)
		}
		p.Spec.InitContainers = append(p.Spec.InitContainers, c)
	}
	for _, name := range names {
		if chance(50) {
			p.Regular(name).RestartPolicy = &[]v1.ContainerRestartPolicy{v1.ContainerRestartPolicyAlways, v1.ContainerRestartPolicyOnFailure,
				v1.ContainerRestartPolicyNever}[random.IntN(3)]
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
	if len(p.Said) == 0 {
		p.says(names[0], &dependency.Lifecycle{})
	}
	for _, containers := range [][]v1.Container{p.Spec.Containers, p.Spec.InitContainers} {
		for i := range containers {
			c := &containers[i]
			h := &Habits{StartsIn: upTo(4), ReadyIn: upTo(4), NeverReady: chance(20), StopsIn: upTo(3), PostStart: upTo(4), PreStop: upTo(3),
				StopCode: 143}
			p.Habits[c.Name] = h
			if chance(30) {
				h.StopCode = 0
			}
			if chance(12) {
				h.StopsIn = time.Hour
			}
			if chance(12) {
				h.PreStop = time.Hour
			}
			if MayFinish(p.Pod, c) && chance(75) {
				h.Runs = time.Second + upTo(30)
			}
			if chance(20) {
				h.Code = 1
			}
			if chance(25) {
				// Its image must be pulled.
				c.Image = "image:" + c.Name
				c.ImagePullPolicy = []v1.PullPolicy{v1.PullAlways, v1.PullIfNotPresent}[random.IntN(2)]
			}
			initial := slices.ContainsFunc(p.Spec.InitContainers, func(i v1.Container) bool { return i.Name == c.Name })
			if initial && c.RestartPolicy == nil {
				h.Runs, h.Code = time.Second+upTo(2), 0
				continue
			}
			if chance(40) {
				c.ReadinessProbe = &v1.Probe{ProbeHandler: v1.ProbeHandler{Exec: command(ReadinessProbe)}}
			}
			if chance(30) {
				c.StartupProbe = &v1.Probe{ProbeHandler: v1.ProbeHandler{Exec: command(StartupProbe)}}
			}
			if chance(30) {
				hooks(c).PostStart = &v1.LifecycleHandler{Exec: command(PostStart)}
			}
			if chance(40) {
				hooks(c).PreStop = &v1.LifecycleHandler{Exec: command(PreStop)}
			}
		}
	}
	return p
}

// drawLifecycle lets a regular container say something. It may wait for those that come before it in the hidden order.
func (p *Subject) drawLifecycle(random *rand.Rand, name string, earlier, later []string) {
	chance := func(percent int) bool { return random.IntN(100) < percent }
	l := &dependency.Lifecycle{}
	switch {
	case chance(35):
		l.Type = dependency.Sidecar
		if c := p.Regular(name); c.RestartPolicy == nil && p.Spec.RestartPolicy == v1.RestartPolicyNever {
			// Without a policy of its own it would never be restarted, and the pod would be invalid.
			c.RestartPolicy = &[]v1.ContainerRestartPolicy{v1.ContainerRestartPolicyAlways, v1.ContainerRestartPolicyOnFailure}[random.IntN(2)]
		}
	case chance(10):
		l.Type = dependency.Standard
	}
	targets := slices.Concat([]string{"absent", "m", "n"}, earlier)
	l.DependsOn = p.drawEntries(random, random.IntN(4), targets, func(target string) bool {
		c := p.Regular(target)
		return c != nil && MayFinish(p.Pod, c)
	})
	if chance(30) {
		mayFinish := MayFinish(p.Pod, p.Regular(name))
		l.Before = p.drawEntries(random, 1+random.IntN(2), slices.Concat([]string{"absent"}, later), func(string) bool { return mayFinish })
	}
	p.drawStop(random, l)
	p.says(name, l)
}

// drawNativeLifecycle lets a native sidecar say something.
func (p *Subject) drawNativeLifecycle(random *rand.Rand, name string, regular []string) {
	l := &dependency.Lifecycle{}
	if random.IntN(2) == 0 {
		l.Type = dependency.Sidecar
	}
	if random.IntN(2) == 0 {
		l.Before = p.drawEntries(random, 1+random.IntN(2), slices.Concat([]string{"absent"}, regular), func(string) bool { return false })
	}
	p.drawStop(random, l)
	p.says(name, l)
}

// drawEntries returns at most n entries with different targets. endAllowed reports whether an entry for the target may wait for an
// end.
func (p *Subject) drawEntries(random *rand.Rand, n int, targets []string, endAllowed func(string) bool) (entries []dependency.Dependency) {
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
func (p *Subject) drawStop(random *rand.Rand, l *dependency.Lifecycle) {
	l.PreStopTiming = []dependency.PreStopTiming{"", "", dependency.InTurn, dependency.AtTermination}[random.IntN(4)]
	if random.IntN(100) < 15 {
		limit := 1 + random.Int64N(min(8, *p.Spec.TerminationGracePeriodSeconds))
		l.StopTimeoutSeconds = &limit
	}
}

// says annotates the pod with what the container says.
func (p *Subject) says(name string, l *dependency.Lifecycle) {
	text, err := json.Marshal(l)
	if err != nil {
		panic(err)
	}
	if p.Annotations == nil {
		p.Annotations = map[string]string{}
	}
	p.Annotations[dependency.AnnotationPrefix+name], p.Said[name] = string(text), l
}

// PolicyOf returns the effective restart policy of a regular container.
func PolicyOf(pod *v1.Pod, c *v1.Container) v1.RestartPolicy {
	if c.RestartPolicy != nil {
		return v1.RestartPolicy(*c.RestartPolicy)
	}
	return pod.Spec.RestartPolicy
}

// MayFinish reports whether a regular container may exit for good.
func MayFinish(pod *v1.Pod, c *v1.Container) bool {
	return PolicyOf(pod, c) != v1.RestartPolicyAlways
}

// IsStandard reports whether the name is that of a Standard container.
func (p *Subject) IsStandard(name string) bool {
	return p.Regular(name) != nil && (p.Said[name] == nil || p.Said[name].Type != dependency.Sidecar)
}

// Regular returns the regular container of the name, or nil.
func (p *Subject) Regular(name string) *v1.Container {
	for i := range p.Spec.Containers {
		if p.Spec.Containers[i].Name == name {
			return &p.Spec.Containers[i]
		}
	}
	return nil
}

// Container returns the container of the name, or nil.
func (p *Subject) Container(name string) *v1.Container {
	for i := range p.Spec.InitContainers {
		if p.Spec.InitContainers[i].Name == name {
			return &p.Spec.InitContainers[i]
		}
	}
	return p.Regular(name)
}
