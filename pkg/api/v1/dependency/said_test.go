// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
)

// The digest changes with everything that the plan depends on, and with nothing else.
func TestSaid(t *testing.T) {
	pod := func() *podBuilder {
		return newPod().grace(30).init("setup").container("app", `{"dependsOn":[{"container":"db"}]}`).container("db", "-").restarts("Never")
	}
	before := Said(pod().pod, podFields)
	for name, tt := range map[string]struct {
		change func(*v1.Pod)
		same   bool
	}{
		"nothing":                      {change: func(*v1.Pod) {}, same: true},
		"another annotation":           {change: func(p *v1.Pod) { p.Annotations["foreign"] = "x" }, same: true},
		"the image":                    {change: func(p *v1.Pod) { p.Spec.Containers[0].Image = "new" }, same: true},
		"the status":                   {change: func(p *v1.Pod) { p.Status.Phase = v1.PodRunning }, same: true},
		"the UID":                      {change: func(p *v1.Pod) { p.UID = "other" }},
		"the restart policy":           {change: func(p *v1.Pod) { p.Spec.RestartPolicy = v1.RestartPolicyAlways }},
		"the grace period":             {change: func(p *v1.Pod) { *p.Spec.TerminationGracePeriodSeconds = 31 }},
		"no grace period":              {change: func(p *v1.Pod) { p.Spec.TerminationGracePeriodSeconds = nil }},
		"a container's name":           {change: func(p *v1.Pod) { p.Spec.Containers[1].Name = "store" }},
		"a container's restart policy": {change: func(p *v1.Pod) { *p.Spec.Containers[1].RestartPolicy = "OnFailure" }},
		"no restart policy of its own": {change: func(p *v1.Pod) { p.Spec.Containers[1].RestartPolicy = nil }},
		"one container less":           {change: func(p *v1.Pod) { p.Spec.Containers = p.Spec.Containers[:1] }},
		"an init container's name":     {change: func(p *v1.Pod) { p.Spec.InitContainers[0].Name = "init" }},
		"an init container is native": {change: func(p *v1.Pod) {
			always := v1.ContainerRestartPolicyAlways
			p.Spec.InitContainers[0].RestartPolicy = &always
		}},
		"an annotation":      {change: func(p *v1.Pod) { p.Annotations[AnnotationPrefix+"app"] = `{}` }},
		"an annotation more": {change: func(p *v1.Pod) { p.Annotations[AnnotationPrefix+"db"] = `{}` }},
		"an annotation less": {change: func(p *v1.Pod) { delete(p.Annotations, AnnotationPrefix+"app") }},
		"the order of containers": {change: func(p *v1.Pod) {
			p.Spec.Containers[0], p.Spec.Containers[1] = p.Spec.Containers[1], p.Spec.Containers[0]
		}},
	} {
		t.Run(name, func(t *testing.T) {
			changed := pod().pod
			tt.change(changed)
			if same := Said(changed, podFields) == before; same != tt.same {
				t.Errorf("the digest stayed the same: %t, want %t", same, tt.same)
			}
		})
	}
}

// What is too large to be read counts only as far as its problem depends on it.
func TestSaidOfTooMuch(t *testing.T) {
	long := strings.Repeat("x", 2*MaxLifecycleBytes)
	for name, tt := range map[string]struct {
		before, after *hostilePod
		same          bool
	}{
		"the end of a long annotation": {
			before: newHostile(1, 0, 0).annotate(longName(0), long+"1"), after: newHostile(1, 0, 0).annotate(longName(0), long+"2"), same: true,
		},
		"the beginning of a long annotation": {
			before: newHostile(1, 0, 0).annotate(longName(0), "1"+long), after: newHostile(1, 0, 0).annotate(longName(0), "2"+long),
		},
		"the length of a long annotation": {
			before: newHostile(1, 0, 0).annotate(longName(0), long), after: newHostile(1, 0, 0).annotate(longName(0), long+"x"),
		},
		"the names of a long field": {
			before: newHostile(1, 0, 0).says(0, &Lifecycle{Before: names(long + "1")}),
			after:  newHostile(1, 0, 0).says(0, &Lifecycle{Before: names(long + "2")}), same: true,
		},
		"the type of a long field": {
			before: newHostile(1, 0, 0).says(0, &Lifecycle{Type: Sidecar, Before: names(long + "1")}),
			after:  newHostile(1, 0, 0).says(0, &Lifecycle{Before: names(long + `"type":"Sidecar",1`)}),
		},
		"another field that is long": {
			before: newHostile(1, 0, 0).says(0, &Lifecycle{Before: names(long + "1")}),
			after:  newHostile(1, 0, 0).says(0, &Lifecycle{DependsOn: []Dependency{{Container: long}}}),
		},
		"one of many containers": {
			before: newHostile(200, 0, 0).says(0, &Lifecycle{}), after: newHostile(200, 0, 0).says(1, &Lifecycle{}), same: true,
		},
		"the number of many containers": {
			before: newHostile(200, 0, 0).says(0, &Lifecycle{}), after: newHostile(200, 1, 0).says(0, &Lifecycle{}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := Said(tt.before.pod, tt.before.lifecycle), Said(tt.after.pod, tt.after.lifecycle)
			if same := before == after; same != tt.same {
				t.Errorf("the digest stayed the same: %t, want %t", same, tt.same)
			}
			_, errBefore := ForPod(tt.before.pod, tt.before.lifecycle)
			_, errAfter := ForPod(tt.after.pod, tt.after.lifecycle)
			if errBefore == nil || errAfter == nil || tt.same && errBefore.Error() != errAfter.Error() {
				t.Errorf("the digest is the same: %t, and the errors are\n%v\n%v", tt.same, errBefore, errAfter)
			}
		})
	}
}

// Pods with the same digest have the same plan.
func TestSaidDecidesThePlan(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	plans := map[string]*Plan{}
	for range 2000 {
		pod := podOf(randomPlan(random))
		plan, _ := FromPod(pod, podFields)
		text := Said(pod, podFields)
		if before, known := plans[text]; known {
			if diff := cmp.Diff(before, plan); diff != "" {
				t.Fatalf("two plans with the digest %x:\n%s", text, diff)
			}
		}
		plans[text] = plan
	}
}

// An outdated observation leads to no irreversible decision.
func TestOutdatedObservation(t *testing.T) {
	for name, tt := range map[string]struct {
		pod      *podBuilder
		observed map[string]Observation
		// The expected decisions for an observation that is not outdated.
		complete, failed bool
	}{
		"complete": {pod: newPod().container("app", "{}"), observed: map[string]Observation{"app": {State: Exited}}, complete: true},
		"failed": {
			pod:      newPod().container("app", `{"dependsOn":[{"container":"db","condition":"Succeeded"}]}`).container("db", "-"),
			observed: map[string]Observation{"db": {State: Exited, ExitCode: 1}},
			failed:   true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			graph, err := ForPod(tt.pod.pod, podFields)
			if err != nil {
				t.Fatal(err)
			}
			current := graph.Decide(PodObservation{Containers: tt.observed})
			if current.Complete != tt.complete || (current.Failed != "") != tt.failed {
				t.Errorf("complete %t, failed %q", current.Complete, current.Failed)
			}
			outdated := graph.Decide(PodObservation{Containers: tt.observed, Outdated: true})
			if outdated.Complete || outdated.Failed != "" {
				t.Errorf("outdated: complete %t, failed %q, want neither", outdated.Complete, outdated.Failed)
			}
			if diff := cmp.Diff(current.Containers, outdated.Containers); diff != "" {
				t.Errorf("container decisions (-current +outdated):\n%s", diff)
			}
		})
	}
}
