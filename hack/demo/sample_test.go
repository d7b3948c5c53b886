// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// sampleBegin is when the sample's manifest was put in place.
var sampleBegin = time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)

// The sample's pod was deleted after sampleDeleted seconds and ended after sampleEnd.
const (
	sampleDeleted = 26.92
	sampleEnd     = 31.83
)

// sampleAt is the time that many seconds after sampleBegin.
func sampleAt(seconds float64) time.Time {
	return sampleBegin.Add(time.Duration(seconds * float64(time.Second)).Round(time.Millisecond))
}

// life has the times of one run of a container; 0 means that it did not happen. A run without a ready time is ready when it starts.
type life struct {
	created, started, ready, told, signalled, finished float64
	code                                               int32
}

var lives = map[string][]life{
	"metrics": {{created: 0.48, started: 0.60, ready: 1.45, told: 31.29, signalled: 31.29, finished: 31.83}},
	"certs": {
		{created: 1.48, started: 1.79, ready: never, finished: 2.80, code: 1},
		{created: 3.12, started: 3.24, ready: never, finished: 4.24, code: 1},
		{created: 17.74, started: 17.91, ready: 18.98, told: 30.55, signalled: 30.55, finished: 31.23},
	},
	"policy":    {{created: 1.48, started: 1.92, ready: 2.96, told: 30.55, signalled: 30.55, finished: 31.02}},
	"logs":      {{created: 1.48, started: 1.91, told: 29.57, signalled: 29.57, finished: 30.17}},
	"mesh":      {{created: 19.01, started: 19.15, ready: 20.38, told: 29.57, signalled: 29.57, finished: 30.49}},
	"web":       {{created: 20.41, started: 20.61, ready: 21.64, told: 28.41, signalled: 28.41, finished: 29.50}},
	"worker":    {{created: 20.41, started: 20.63, told: 28.41, signalled: 28.41, finished: 29.11}},
	"discovery": {{created: 21.68, started: 21.88, told: sampleDeleted, signalled: 28.17, finished: 28.29}},
}

// never is a time after the end.
const never = 1000

var waits = []struct {
	at                         float64
	container, reason, message string
}{
	{at: 0.12, container: "policy", message: `waiting for "metrics" to be Ready (not created)`},
	{at: 0.12, container: "certs", message: `waiting for "metrics" to be Ready (not created)`},
	{at: 0.12, container: "logs", message: `waiting for "metrics" to be Ready (not created)`},
	{at: 0.12, container: "mesh",
		message: `waiting for "certs" to be Ready (not created), "metrics" to be Ready (not created), "policy" to be Ready (not created)`},
	{at: 0.12, container: "web", message: `waiting for "certs" to be Ready (not created), "mesh" to be Ready (not created), ` +
		`"metrics" to be Ready (not created), "policy" to be Ready (not created)`},
	{at: 0.12, container: "worker", message: `waiting for "certs" to be Ready (not created), "mesh" to be Ready (not created), ` +
		`"metrics" to be Ready (not created), "policy" to be Ready (not created)`},
	{at: 0.12, container: "discovery",
		message: `waiting for "metrics" to be Ready (not created), "web" to be Ready (not created), "worker" to be Ready (not created)`},
	{at: 1.45, container: "mesh", message: `waiting for "certs" to be Ready (not created), "policy" to be Ready (not created)`},
	{at: 1.45, container: "web",
		message: `waiting for "certs" to be Ready (not created), "mesh" to be Ready (not created), "policy" to be Ready (not created)`},
	{at: 1.45, container: "worker",
		message: `waiting for "certs" to be Ready (not created), "mesh" to be Ready (not created), "policy" to be Ready (not created)`},
	{at: 1.45, container: "discovery", message: `waiting for "web" to be Ready (not created), "worker" to be Ready (not created)`},
	{at: 2.96, container: "mesh", message: `waiting for "certs" to be Ready (exited with code 1 at 2026-11-22T21:00:02Z)`},
	{at: 2.96, container: "web",
		message: `waiting for "certs" to be Ready (exited with code 1 at 2026-11-22T21:00:02Z), "mesh" to be Ready (not created)`},
	{at: 2.96, container: "worker",
		message: `waiting for "certs" to be Ready (exited with code 1 at 2026-11-22T21:00:02Z), "mesh" to be Ready (not created)`},
	{at: 4.30, container: "certs", reason: "CrashLoopBackOff"},
	{at: 18.98, container: "web", message: `waiting for "mesh" to be Ready (not created)`},
	{at: 18.98, container: "worker", message: `waiting for "mesh" to be Ready (not created)`},
	{at: 20.71, container: "discovery", message: `waiting for "web" to be Ready (not ready, running since 2026-11-22T21:00:20Z)`},
}

// sample is the built-in pod, as observed after the given number of seconds of a run that is like recorded ones. The reason
// CrashLoopBackOff has been added: the kubelet reports it only if it looks at the pod again while the container waits.
func sample(t *testing.T, seconds float64) (*facts.Pod, *dependency.Graph) {
	t.Helper()
	m, err := load("")
	if err != nil {
		t.Fatal(err)
	}
	pod := facts.NewPod(m.Pod, m.Graph)
	pod.Begin, pod.Phase = sampleBegin, v1.PodPending
	if seconds >= 21.95 {
		pod.Phase = v1.PodRunning
	}
	if seconds >= sampleDeleted {
		pod.Withdrawn = sampleAt(sampleDeleted)
	}
	if seconds >= sampleEnd {
		pod.End = sampleAt(sampleEnd)
	}
	for _, c := range pod.Containers {
		observe(c, seconds)
	}
	return pod, m.Graph
}

// observe fills in what was known about the container at that time.
func observe(c *facts.Container, now float64) {
	c.Waits = []facts.Wait{{From: sampleBegin, Reason: "ContainerCreating"}}
	runs := lives[c.Name]
	for _, w := range waits {
		if w.container != c.Name || w.at > now {
			continue
		}
		for len(runs) > 0 && runs[0].started <= w.at {
			observeRun(c, runs[0], now)
			runs = runs[1:]
		}
		wait := facts.Wait{From: sampleAt(w.at), Reason: w.reason, Message: w.message}
		if w.reason == "" {
			wait.Reason = "WaitingForDependencies"
		}
		c.Waits = append(c.Waits, wait)
	}
	for _, l := range runs {
		observeRun(c, l, now)
	}
}

// observeRun fills in what was known about a run.
func observeRun(c *facts.Container, l life, now float64) {
	known := func(moment float64) time.Time {
		if moment == 0 || moment > now {
			return time.Time{}
		}
		return sampleAt(moment)
	}
	if known(l.created).IsZero() {
		return
	}
	r := &facts.Run{Told: known(l.told), Signalled: known(l.signalled), Record: facts.Record{
		ID: fmt.Sprintf("%s-%d", c.Name, len(c.Runs)), Name: c.Name, Created: known(l.created), Started: known(l.started),
		Finished: known(l.finished), ExitCode: l.code,
	}}
	c.Runs = append(c.Runs, r)
	if r.Started.IsZero() {
		return
	}
	c.Waits = append(c.Waits, facts.Wait{From: r.Started})
	c.Started = append(c.Started, facts.Turn{Run: r.ID, At: r.Started, On: true})
	c.Ready = append(c.Ready, facts.Turn{Run: r.ID, At: r.Started, On: l.ready == 0})
	if at := known(l.ready); !at.IsZero() {
		// The kubelet was asked every 60 ms.
		c.Ready = append(c.Ready, facts.Turn{Run: r.ID, After: at.Add(-62 * time.Millisecond), At: at, On: true})
	}
}
