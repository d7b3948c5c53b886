// SPDX-License-Identifier: Apache-2.0

// Package stopping predicts the stop of a pod with the schedule that the kubelet uses: who is told to stop when, and how long it has.
package stopping

import (
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// MaxGraceSeconds is the longest grace period that is looked at.
const MaxGraceSeconds = 1 << 31

// Plan is the stop of one pod. Its JSON form is what -o json prints; durations are in seconds.
type Plan struct {
	Object       string  `json:"object"`
	GraceSeconds int64   `json:"graceSeconds"`
	FloorSeconds float64 `json:"floorSeconds"`
	// AtOnce: the grace period is too short for an order.
	AtOnce bool `json:"atOnce,omitempty"`
	// Stages is the number of stages.
	Stages     int         `json:"stages"`
	Deaf       []string    `json:"deaf,omitempty"`
	Containers []Container `json:"containers"`
}

// Container is the stop of one container. Containers are sorted by stage, then by name.
type Container struct {
	Name string `json:"name"`
	Role string `json:"role"`
	// Stage begins with 1. After are the containers that must stop before.
	Stage int      `json:"stage"`
	After []string `json:"after,omitempty"`
	// Hook is when its preStop hook runs: InTurn, AtTermination, or empty if it has none.
	Hook string `json:"preStopHook,omitempty"`
	// Best is its stop if every container exits as soon as it is told, Worst if none does before it is killed. Deaf is its stop if
	// those do not that --deaf names.
	Best  Stop  `json:"best"`
	Worst Stop  `json:"worst"`
	Deaf  *Stop `json:"deaf,omitempty"`
}

// Stop is when a container is told to stop, and how long it has from then on. Deaf ones are killed at the end.
type Stop struct {
	Told  float64 `json:"toldSeconds"`
	Limit float64 `json:"limitSeconds"`
	// Killed reports whether it uses up its limit.
	Killed bool `json:"killed,omitempty"`
}

// Ended is when the container has exited.
func (s Stop) Ended() float64 {
	if s.Killed {
		return s.Told + s.Limit
	}
	return s.Told
}

// Of returns the plan of a pod with the graph and grace period. role returns the role of a container.
func Of(object string, pod *v1.Pod, graph *dependency.Graph, grace int64, deaf []string, role func(string) string) *Plan {
	period := time.Duration(min(max(grace, 1), MaxGraceSeconds)) * time.Second
	every := func(string) bool { return true }
	whole := graph.StopSchedule(period, period, every)
	p := &Plan{
		Object: object, GraceSeconds: grace, FloorSeconds: whole.Floors.Seconds(), AtOnce: period <= dependency.MaxUnorderedPeriod, Deaf: deaf,
	}
	best := simulate(graph, period, whole, nil)
	worst := simulate(graph, period, whole, every)
	var some map[string]Stop
	if len(deaf) > 0 {
		some = simulate(graph, period, whole, func(name string) bool { return slices.Contains(deaf, name) })
	}
	stages := graph.StopStages(every)
	if p.AtOnce {
		stages = [][]string{slices.Concat(stages...)}
		slices.Sort(stages[0])
	}
	p.Stages = len(stages)
	for i, stage := range stages {
		for _, name := range stage {
			c := Container{Name: name, Role: role(name), Stage: i + 1, After: whole.After(name), Best: best[name], Worst: worst[name]}
			if hasHook(pod, name) {
				c.Hook = string(dependency.InTurn)
				if graph.HookAtTermination(name) {
					c.Hook = string(dependency.AtTermination)
				}
			}
			if some != nil {
				c.Deaf = new(some[name])
			}
			p.Containers = append(p.Containers, c)
		}
	}
	return p
}

// simulate stops all containers. deaf ones exit when they are killed, all others as soon as they are told.
func simulate(graph *dependency.Graph, period time.Duration, whole *dependency.StopSchedule, deaf func(string) bool) map[string]Stop {
	running, ends := map[string]bool{}, map[string]time.Duration{}
	for _, c := range whole.Containers {
		running[c.Name] = true
	}
	stops := map[string]Stop{}
	for now := time.Duration(0); len(running) > 0; {
		schedule := graph.StopSchedule(period, max(period-now, 0), func(name string) bool { return running[name] })
		for _, c := range schedule.Containers {
			if _, told := stops[c.Name]; told || len(schedule.After(c.Name)) > 0 {
				continue
			}
			killed := deaf != nil && deaf(c.Name)
			limit := schedule.LimitNow(c.Name)
			stops[c.Name] = Stop{Told: now.Seconds(), Limit: limit.Seconds(), Killed: killed}
			ends[c.Name] = now
			if killed {
				ends[c.Name] = now + limit
			}
		}
		// The next exit.
		next := time.Duration(-1)
		for name := range running {
			if end, told := ends[name]; told && (next < 0 || end < next) {
				next = end
			}
		}
		if next < 0 {
			// Some container is always told, as the graph has no cycle.
			return stops
		}
		now = next
		for name := range running {
			if end, told := ends[name]; told && end <= now {
				delete(running, name)
			}
		}
	}
	return stops
}

func hasHook(pod *v1.Pod, name string) bool {
	for _, list := range [][]v1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			if list[i].Name == name {
				return list[i].Lifecycle != nil && list[i].Lifecycle.PreStop != nil
			}
		}
	}
	return false
}

// Ends returns when the last container has exited, in the best and in the worst case.
func (p *Plan) Ends() (best, worst float64) {
	for _, c := range p.Containers {
		best, worst = max(best, c.Best.Ended()), max(worst, c.Worst.Ended())
	}
	return best, worst
}
