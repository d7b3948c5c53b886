// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStopLimit(t *testing.T) {
	const s = time.Second
	chain := func() *podBuilder {
		return newPod().container("app", `{"dependsOn":[{"container":"proxy"}]}`).container("proxy", `{"dependsOn":[{"container":"certs"}]}`).container("certs", "{}")
	}
	for name, tt := range map[string]struct {
		pod     *podBuilder
		stopped []string
		of      string
		left    time.Duration
		want    time.Duration
	}{
		"the first of a chain leaves the floors":         {pod: chain(), of: "app", left: 30 * s, want: 26 * s},
		"the middle":                                     {pod: chain(), of: "proxy", left: 30 * s, want: 28 * s},
		"the last has what is left":                      {pod: chain(), of: "certs", left: 30 * s, want: 30 * s},
		"what does not run needs no time":                {pod: chain(), stopped: []string{"certs"}, of: "app", left: 30 * s, want: 28 * s},
		"a dead middle":                                  {pod: chain(), stopped: []string{"proxy"}, of: "app", left: 30 * s, want: 28 * s},
		"a short period is shared":                       {pod: chain(), of: "app", left: 3 * s, want: s},
		"a period that is just enough":                   {pod: chain(), of: "app", left: 6 * s, want: 2 * s},
		"nothing left":                                   {pod: chain(), of: "app", left: 0, want: 0},
		"less than nothing left":                         {pod: chain(), of: "app", left: -s, want: 0},
		"a limit of its own":                             {pod: newPod().container("app", `{"stopTimeoutSeconds":5}`), of: "app", left: 30 * s, want: 5 * s},
		"a limit of its own that is longer than is left": {pod: newPod().container("app", `{"stopTimeoutSeconds":5}`), of: "app", left: 3 * s, want: 3 * s},
		"native sidecars stop one by one, last":          {pod: newPod().native("mesh").native("log").container("app", "{}"), of: "app", left: 30 * s, want: 26 * s},
		"the last native sidecar stops first of them":    {pod: newPod().native("mesh").native("log").container("app", "{}"), of: "log", left: 30 * s, want: 28 * s},
		"the first native sidecar stops last":            {pod: newPod().native("mesh").native("log").container("app", "{}"), of: "mesh", left: 30 * s, want: 30 * s},
		"an ephemeral container":                         {pod: chain(), of: "debugger", left: 30 * s, want: 30 * s},
	} {
		t.Run(name, func(t *testing.T) {
			graph, err := ForPod(tt.pod.pod, podFields)
			if err != nil {
				t.Fatal(err)
			}
			running := func(name string) bool { return !slices.Contains(tt.stopped, name) }
			if got := graph.StopLimit(tt.of, tt.left, running); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestStopFloors(t *testing.T) {
	graph, err := ForPod(newPod().native("mesh").container("app", `{"dependsOn":[{"container":"proxy"}]}`).container("proxy", "{}").container("other", "{}").pod, podFields)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		running []string
		grace   time.Duration
		want    time.Duration
	}{
		"all":             {running: []string{"mesh", "app", "proxy", "other"}, grace: 30 * time.Second, want: 6 * time.Second},
		"a dead middle":   {running: []string{"mesh", "app"}, grace: 30 * time.Second, want: 4 * time.Second},
		"none":            {grace: 30 * time.Second},
		"a short period":  {running: []string{"mesh", "app", "proxy"}, grace: 3 * time.Second, want: 3 * time.Second},
		"one stage alone": {running: []string{"app", "other"}, grace: 30 * time.Second, want: 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			if got := graph.StopFloors(tt.grace, func(name string) bool { return slices.Contains(tt.running, name) }); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// A container that does not run makes no stage, and those that stop before and after it keep their order.
func TestStopStagesOfWhatRuns(t *testing.T) {
	graph, err := ForPod(newPod().native("mesh").native("log").container("app", `{"dependsOn":[{"container":"gone","condition":"Started"}]}`).
		container("gone", `{"dependsOn":[{"container":"disk"}]}`).container("disk", "{}").container("proxy", `{"type":"Sidecar"}`).pod, podFields)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		stopped []string
		want    [][]string
	}{
		"all run":        {want: [][]string{{"app"}, {"gone"}, {"disk"}, {"proxy"}, {"log"}, {"mesh"}}},
		"a dead middle":  {stopped: []string{"gone", "log"}, want: [][]string{{"app"}, {"disk"}, {"proxy"}, {"mesh"}}},
		"a dead end":     {stopped: []string{"app", "mesh"}, want: [][]string{{"gone"}, {"disk"}, {"proxy"}, {"log"}}},
		"nothing at all": {stopped: []string{"app", "gone", "disk", "proxy", "log", "mesh"}, want: [][]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := graph.StopStages(func(name string) bool { return !slices.Contains(tt.stopped, name) })
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("stages (-want +got):\n%s", diff)
			}
		})
	}
}

// However a pod is made, when every container uses up its limit, all have stopped at the end of the pod's period, and each
// has had some time to stop.
func TestStopLimitsFitThePeriod(t *testing.T) {
	random := newRandom(t)
	for range 2000 {
		graph, err := New(randomPlan(random))
		if err != nil {
			continue
		}
		grace := time.Duration(1+random.Intn(60)) * time.Second
		running := map[string]bool{}
		for i := range graph.nodes {
			running[graph.nodes[i].name] = true
		}
		runs := func(name string) bool { return running[name] }
		var passed time.Duration
		for len(running) > 0 {
			// All that are due are told at once, and each uses up its limit.
			var stage []string
			for name := range running {
				if !slices.ContainsFunc(graph.StopsAfter(name), runs) {
					stage = append(stage, name)
				}
			}
			var took time.Duration
			for _, name := range stage {
				limit := graph.StopLimit(name, grace-passed, runs)
				if limit <= 0 && grace > passed {
					t.Fatalf("%s has no time to stop, %s before the end of the period\n%s", name, grace-passed, graph)
				}
				took = max(took, limit)
			}
			for _, name := range stage {
				delete(running, name)
			}
			passed += took
			if passed > grace {
				t.Fatalf("the stop takes %s of a period of %s\n%s", passed, grace, graph)
			}
		}
	}
}
