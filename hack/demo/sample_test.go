// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/hack/demo/internal/facts"
	"kubelet-ordering/hack/internal/cri"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// sampleBegin is when the sample's manifest was put in place.
var sampleBegin = time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)

// sampleAt is the time that many seconds after sampleBegin.
func sampleAt(seconds float64) time.Time {
	return sampleBegin.Add(time.Duration(seconds * float64(time.Second)).Round(time.Millisecond))
}

// lives are the times of each container; 0 means that it did not happen. A container without a ready time is ready when it starts.
var lives = map[string]struct{ created, started, ready, told, signalled, finished float64 }{
	"certs":   {0.23, 0.31, 0, 0, 0, 2.32},
	"agent":   {3.01, 3.09, 5.22, 13.83, 13.83, 14.62},
	"mesh":    {3.01, 3.09, 6.60, 13.06, 14.12, 14.98},
	"metrics": {5.26, 5.35, 0, 13.06, 13.06, 13.70},
	"app":     {6.57, 6.67, 0, 0, 0, 12.67},
}

var waits = []struct {
	at                 float64
	container, message string
}{
	{0.12, "agent", `waiting for "certs" to be Succeeded (not created)`},
	{0.12, "mesh", `waiting for "certs" to be Succeeded (not created)`},
	{0.12, "metrics", `waiting for "agent" to be Ready (not created)`},
	{0.12, "app", `waiting for "agent" to be Ready (not created), "certs" to be Succeeded (running), "mesh" to be Ready (not created), ` +
		`"metrics" to be Ready (not created)`},
	{3.00, "app", `waiting for "agent" to be Ready (not created), "mesh" to be Ready (not created), "metrics" to be Ready (not created)`},
	{5.22, "app", `waiting for "mesh" to be Ready (not ready, running since 2026-11-22T21:00:03Z), "metrics" to be Ready (not created)`},
	{5.52, "app", `waiting for "mesh" to be Ready (not ready, running since 2026-11-22T21:00:03Z)`},
}

// sample is the built-in pod in a recorded run, as observed after the given number of seconds; it ended after 14.98.
func sample(t *testing.T, seconds float64) (*facts.Pod, *dependency.Graph) {
	t.Helper()
	m, err := load("")
	if err != nil {
		t.Fatal(err)
	}
	pod := facts.NewPod(m.Pod, m.Graph)
	pod.Begin, pod.Phase = sampleBegin, v1.PodPending
	if seconds >= 6.78 {
		pod.Phase = v1.PodRunning
	}
	if seconds >= 15 {
		pod.Phase, pod.End = v1.PodSucceeded, sampleAt(14.98)
	}
	for _, c := range pod.Containers {
		observe(c, seconds)
	}
	return pod, m.Graph
}

// observe fills in what was known about the container at that time.
func observe(c *facts.Container, now float64) {
	life := lives[c.Name]
	known := func(moment float64) time.Time {
		if moment == 0 || moment > now {
			return time.Time{}
		}
		return sampleAt(moment)
	}
	c.Waits = []facts.Wait{{From: sampleBegin, Reason: "ContainerCreating"}}
	for _, w := range waits {
		if w.container == c.Name && w.at <= now {
			c.Waits = append(c.Waits, facts.Wait{From: sampleAt(w.at), Reason: "WaitingForDependencies", Message: w.message})
		}
	}
	if known(life.created).IsZero() {
		return
	}
	run := &facts.Run{Told: known(life.told), Signalled: known(life.signalled), Container: cri.Container{
		ID: c.Name + "-0", Name: c.Name, Created: known(life.created), Started: known(life.started), Finished: known(life.finished),
	}}
	c.Runs = []*facts.Run{run}
	if run.Started.IsZero() {
		return
	}
	c.Waits = append(c.Waits, facts.Wait{From: run.Started})
	c.Started = []facts.Turn{{Run: run.ID, At: run.Started, On: true}}
	c.Ready = []facts.Turn{{Run: run.ID, At: run.Started, On: life.ready == 0}}
	if at := known(life.ready); !at.IsZero() {
		// The kubelet was asked every 60 ms.
		c.Ready = append(c.Ready, facts.Turn{Run: run.ID, After: at.Add(-62 * time.Millisecond), At: at, On: true})
	}
}
