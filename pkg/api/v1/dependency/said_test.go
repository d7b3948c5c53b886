// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"math/rand"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
)

// The text changes with everything that the plan depends on, and with nothing else.
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
				t.Errorf("the text stayed the same: %t, want %t\n%s", same, tt.same, before)
			}
		})
	}
}

// Pods with the same text have the same plan.
func TestSaidDecidesThePlan(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	plans := map[string]*Plan{}
	for range 2000 {
		pod := podOf(randomPlan(random))
		plan, _ := FromPod(pod, podFields)
		text := Said(pod, podFields)
		if before, known := plans[text]; known {
			if diff := cmp.Diff(before, plan); diff != "" {
				t.Fatalf("two plans with the text %s:\n%s", text, diff)
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
