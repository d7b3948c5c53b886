// SPDX-License-Identifier: Apache-2.0

// Package sample is a pod as it was observed once, for the tests of all that draws and judges.
package sample

import (
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/hack/demo/internal/facts"
	"kubelet-ordering/hack/demo/internal/manifest"
	"kubelet-ordering/hack/internal/cri"
	"kubelet-ordering/pkg/api/v1/dependency"
)

// Begin is when the sample's manifest was put in place.
var Begin = time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)

// At is a moment of the sample, in seconds.
func At(seconds float64) time.Time { return Begin.Add(Seconds(seconds)) }

// Seconds is a duration.
func Seconds(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second)).Round(time.Millisecond)
}

const text = `
apiVersion: v1
kind: Pod
metadata:
  name: mission
  annotations:
    container.lifecycle.alpha.kubernetes.io/certs: '{"type": "Sidecar"}'
    container.lifecycle.alpha.kubernetes.io/agent: '{"type": "Sidecar", "dependsOn": [{"container": "certs", "condition": "Succeeded"}]}'
    container.lifecycle.alpha.kubernetes.io/mesh: '{"type": "Sidecar", "dependsOn": [{"container": "certs", "condition": "Succeeded"}]}'
    container.lifecycle.alpha.kubernetes.io/metrics: '{"type": "Sidecar", "dependsOn": [{"container": "agent"}]}'
    container.lifecycle.alpha.kubernetes.io/app: '{"dependsOn": [{"container": "certs", "condition": "Succeeded"}]}'
spec:
  restartPolicy: Never
  containers:
  - {name: app}
  - {name: metrics}
  - {name: agent, readinessProbe: {}}
  - {name: mesh, readinessProbe: {}, lifecycle: {preStop: {}}}
  - {name: certs}
`

// Mission is the built-in pod, as far as it had come after so many seconds; it ended after 14.98.
func Mission(seconds float64) (*facts.Pod, *dependency.Graph) {
	m, err := manifest.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	pod := facts.NewPod(m.Pod, m.Graph)
	pod.Begin = Begin
	replay(&facts.Recorder{Pod: pod}, seconds)
	if seconds >= 15 {
		pod.End = At(14.98)
	}
	return pod, m.Graph
}

// lives are the containers' times: created, started, ready, told, signalled, finished.
var lives = map[string][6]float64{
	"certs":   {0.23, 0.31, 0, 0, 0, 2.32},
	"agent":   {3.01, 3.09, 5.22, 13.83, 13.83, 14.62},
	"mesh":    {3.01, 3.09, 6.56, 13.06, 14.12, 14.98},
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
	{0.12, "app", `waiting for "agent" to be Ready (not created), "certs" to be Succeeded (running), "mesh" to be Ready (not created), "metrics" to be Ready (not created)`},
	{3.00, "app", `waiting for "agent" to be Ready (not created), "mesh" to be Ready (not created), "metrics" to be Ready (not created)`},
	{5.22, "app", `waiting for "mesh" to be Ready (not ready, running since 2026-11-22T21:00:03Z), "metrics" to be Ready (not created)`},
	{5.47, "app", `waiting for "mesh" to be Ready (not ready, running since 2026-11-22T21:00:03Z)`},
}

func replay(r *facts.Recorder, until float64) {
	for tick := 0; float64(tick)*0.06 <= until; tick++ {
		now := float64(tick) * 0.06
		r.Status(At(now-0.002), At(now), status(r.Pod, now))
		r.Runs(runs(now))
		for name, life := range lives {
			if life[3] > 0 && life[3] <= now {
				r.Log(facts.Line{At: At(life[3]), Container: name, Step: facts.Told})
				if life[4] <= now {
					r.Log(facts.Line{At: At(life[4]), Container: name, Run: name + "-0", Step: facts.Signalled})
				}
			}
		}
	}
}

func runs(now float64) []*cri.Container {
	var records []*cri.Container
	for name, life := range lives {
		if life[0] > now {
			continue
		}
		record := &cri.Container{ID: name + "-0", Name: name, Created: At(life[0])}
		if life[1] <= now {
			record.Started = At(life[1])
		}
		if life[5] <= now {
			record.Finished = At(life[5])
		}
		records = append(records, record)
	}
	return records
}

func status(pod *facts.Pod, now float64) *v1.PodStatus {
	s := &v1.PodStatus{Phase: v1.PodPending}
	switch {
	case now > 15:
		s.Phase = v1.PodSucceeded
	case now > 6.73:
		s.Phase = v1.PodRunning
	}
	for _, c := range pod.Containers {
		s.ContainerStatuses = append(s.ContainerStatuses, containerStatus(c.Name, now))
	}
	return s
}

func containerStatus(name string, now float64) v1.ContainerStatus {
	life := lives[name]
	c := v1.ContainerStatus{Name: name, ContainerID: fmt.Sprintf("containerd://%s-0", name)}
	switch {
	case now >= life[5]:
		c.State.Terminated = &v1.ContainerStateTerminated{}
	case now >= life[1]:
		started := true
		c.State.Running, c.Started, c.Ready = &v1.ContainerStateRunning{}, &started, now >= life[2]
	default:
		c.State.Waiting = &v1.ContainerStateWaiting{Reason: "ContainerCreating"}
		for _, w := range waits {
			if w.container == name && w.at <= now {
				c.State.Waiting = &v1.ContainerStateWaiting{Reason: "WaitingForDependencies", Message: w.message}
			}
		}
	}
	return c
}
