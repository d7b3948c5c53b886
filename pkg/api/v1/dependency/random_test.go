// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"encoding/json"
	"flag"
	"math/rand"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
)

var seed = flag.Int64("seed", 0, "seed of the random pods; 0 is the time")

// newRandom returns a source of random pods. It logs the seed, so that a failed test can be repeated.
func newRandom(t *testing.T) *rand.Rand {
	s := *seed
	if s == 0 {
		s = time.Now().UnixNano()
	}
	t.Logf("repeat with -seed=%d", s)
	return rand.New(rand.NewSource(s))
}

func pick[T any](random *rand.Rand, list ...T) T { return list[random.Intn(len(list))] }

// randomPlan returns a plan of up to eight containers. Half of the plans have arbitrary dependencies, so few of them are
// valid. In the other half the dependencies follow a hidden order, so most of them are valid.
func randomPlan(random *rand.Rand) *Plan {
	wild := random.Intn(2) == 0
	plan := &Plan{
		PodUID:             "uid",
		GracePeriodSeconds: int64(pick(random, 0, 10, 30, 30)),
		RestartPolicy:      pick(random, "", v1.RestartPolicyAlways, v1.RestartPolicyOnFailure, v1.RestartPolicyNever),
	}
	for _, name := range []string{"i", "m", "n"}[:random.Intn(4)] {
		plan.InitContainers = append(plan.InitContainers, PlannedInitContainer{Name: name, Native: name != "i"})
	}
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h"}[:1+random.Intn(8)]
	shuffle(random, names)
	for i, name := range names {
		plan.Containers = append(plan.Containers, PlannedContainer{
			Name: name,
			RestartPolicy: pick(random, "", "", v1.ContainerRestartPolicyAlways, v1.ContainerRestartPolicyOnFailure,
				v1.ContainerRestartPolicyNever, v1.ContainerRestartPolicyNever),
			PostStart: random.Intn(4) == 0,
			Lifecycle: randomLifecycle(random, wild, names, i),
		})
	}
	shuffle(random, plan.Containers)
	for i := range plan.InitContainers {
		if c := &plan.InitContainers[i]; c.Native && random.Intn(2) == 0 {
			c.Lifecycle = randomLifecycle(random, wild && random.Intn(2) == 0, names, 0)
			if l := c.Lifecycle; l != nil && !wild {
				l.DependsOn = nil
				if l.Type == Standard {
					l.Type = ""
				}
			}
		}
	}
	return plan
}

func randomLifecycle(random *rand.Rand, wild bool, names []string, i int) *Lifecycle {
	if random.Intn(3) == 0 {
		return nil
	}
	l := &Lifecycle{Type: pick(random, "", Standard, Sidecar, Sidecar)}
	targets, dependents := names[:i], names[i+1:]
	if wild {
		targets, dependents = names, names
		if random.Intn(30) == 0 {
			l.Type = "Proxy"
		}
	}
	entry := func(names ...string) Dependency {
		d := Dependency{Condition: pick(random, "", Started, Ready, Ready, Completed, Succeeded, None), Optional: !wild || random.Intn(3) > 0}
		byType := random.Intn(3) == 0
		if byType {
			d.Type = pick(random, Standard, Sidecar)
		}
		if byType && (!wild || random.Intn(4) > 0) {
			d.Condition = pick(random, "", Started, Ready, None)
		}
		if !byType || wild && random.Intn(10) == 0 {
			d.Container = pick(random, names...)
		}
		return d
	}
	targets = append([]string{"absent", "i", "m", "n"}, targets...)
	for range random.Intn(4) {
		l.DependsOn = append(l.DependsOn, entry(targets...))
	}
	dependents = append([]string{"absent", "m"}, dependents...)
	for range random.Intn(3) {
		l.Before = append(l.Before, entry(dependents...))
	}
	l.PreStopTiming = pick(random, "", "", InTurn, AtTermination)
	if random.Intn(5) == 0 {
		l.StopTimeoutSeconds = seconds(int64(pick(random, 1, 10, 10, 30)))
		if wild {
			l.StopTimeoutSeconds = seconds(random.Int63n(40) - 2)
		}
	}
	return l
}

// randomValid returns the graph of a valid random plan.
func randomValid(t *testing.T, random *rand.Rand) *Graph {
	t.Helper()
	for range 1000 {
		if graph, err := New(randomPlan(random)); err == nil {
			return graph
		}
	}
	t.Fatal("none of 1000 random plans is valid")
	return nil
}

// podOf returns a pod with the given plan.
func podOf(plan *Plan) *v1.Pod {
	b := newPod().policy(plan.RestartPolicy).grace(plan.GracePeriodSeconds)
	for _, c := range plan.InitContainers {
		if c.Native {
			b.native(c.Name)
		} else {
			b.init(c.Name)
		}
		if c.Lifecycle != nil {
			b.annotate(c.Name, annotationOf(c.Lifecycle))
		}
	}
	for _, c := range plan.Containers {
		annotation := "-"
		if c.Lifecycle != nil {
			annotation = annotationOf(c.Lifecycle)
		}
		b.container(c.Name, annotation)
		if c.PostStart {
			b.postStart()
		}
		if c.RestartPolicy != "" {
			b.restarts(c.RestartPolicy)
		}
	}
	return b.pod
}

func annotationOf(l *Lifecycle) string {
	text, err := json.Marshal(l)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// randomObservation returns an arbitrary observation, including states that no pod can reach.
func randomObservation(random *rand.Rand, plan *Plan) PodObservation {
	observed := map[string]Observation{}
	yes := func() bool { return random.Intn(2) == 0 }
	add := func(name string) {
		if random.Intn(6) == 0 {
			return
		}
		observed[name] = Observation{
			State:    pick(random, NoRecord, Created, Running, Running, Exited, Exited),
			Active:   random.Intn(3) > 0,
			Starting: random.Intn(8) == 0,
			ExitCode: int32(random.Intn(2)),
			Restarts: yes(),
			Started:  yes(),
			Ready:    yes(),

			Stopped:   random.Intn(4) == 0,
			Attempted: yes(),

			Since:       pick(random, time.Time{}, time.Unix(1, 0), time.Unix(2, 0), time.Unix(3, 0)),
			RestartsAll: random.Intn(8) == 0,
		}
	}
	for _, c := range plan.Containers {
		add(c.Name)
	}
	for _, c := range plan.InitContainers {
		if c.Native {
			add(c.Name)
		}
	}
	return PodObservation{Containers: observed, SandboxLost: random.Intn(6) == 0, Outdated: random.Intn(6) == 0}
}
