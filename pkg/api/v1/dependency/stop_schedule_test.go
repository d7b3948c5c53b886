// SPDX-License-Identifier: Apache-2.0

package dependency

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// appProxyCerts is a chain: app waits for proxy, and proxy waits for certs.
func appProxyCerts() *podBuilder {
	return newPod().container("app", `{"dependsOn":[{"container":"proxy"}]}`).
		container("proxy", `{"dependsOn":[{"container":"certs"}]}`).container("certs", "{}")
}

// stopOfContainer is the stop of one container in a schedule.
type stopOfContainer struct {
	Told, Limit time.Duration
	After       []string
}

// stopsOf returns the stops of a schedule by container name.
func stopsOf(t *testing.T, s *StopSchedule) map[string]stopOfContainer {
	t.Helper()
	stops := map[string]stopOfContainer{}
	for _, c := range s.Containers {
		if _, twice := stops[c.Name]; twice {
			t.Fatalf("%s is in the schedule twice", c.Name)
		}
		stops[c.Name] = stopOfContainer{Told: c.Told, Limit: c.Limit, After: s.After(c.Name)}
	}
	return stops
}

func TestStopSchedule(t *testing.T) {
	const s = time.Second
	chain := appProxyCerts()
	// The two chains share only the pod's time: a limit in one must not delay the other.
	chains := newPod().
		container("a", `{"dependsOn":[{"container":"b"}],"stopTimeoutSeconds":3}`).
		container("b", `{"dependsOn":[{"container":"c"}],"stopTimeoutSeconds":3}`).container("c", "{}").
		container("d", `{"dependsOn":[{"container":"e"}]}`).container("e", "{}")
	diamond := newPod().
		container("app", `{"dependsOn":[{"container":"slow"},{"container":"fast"}],"stopTimeoutSeconds":4}`).
		container("slow", `{"dependsOn":[{"container":"base"}]}`).
		container("fast", `{"dependsOn":[{"container":"base"}],"stopTimeoutSeconds":1}`).container("base", "{}")
	natives := newPod().native("mesh").native("log").container("app", "{}").container("proxy", `{"type":"Sidecar","stopTimeoutSeconds":5}`)
	for name, tt := range map[string]struct {
		pod     *podBuilder
		stopped []string
		period  time.Duration
		left    time.Duration
		want    map[string]stopOfContainer
	}{
		"a chain": {pod: chain, period: 30 * s, left: 30 * s, want: map[string]stopOfContainer{
			"app":   {Limit: 26 * s},
			"proxy": {Told: 26 * s, Limit: 2 * s, After: []string{"app"}},
			"certs": {Told: 28 * s, Limit: 2 * s, After: []string{"app", "proxy"}},
		}},
		"two chains, one with stop timeouts": {pod: chains, period: 20 * s, left: 20 * s, want: map[string]stopOfContainer{
			"a": {Limit: 3 * s},
			"b": {Told: 3 * s, Limit: 3 * s, After: []string{"a"}},
			"c": {Told: 6 * s, Limit: 14 * s, After: []string{"a", "b"}},
			"d": {Limit: 18 * s},
			"e": {Told: 18 * s, Limit: 2 * s, After: []string{"d"}},
		}},
		"the last one waits for the slower of two": {pod: diamond, period: 30 * s, left: 30 * s, want: map[string]stopOfContainer{
			"app":  {Limit: 4 * s},
			"slow": {Told: 4 * s, Limit: 24 * s, After: []string{"app"}},
			"fast": {Told: 4 * s, Limit: s, After: []string{"app"}},
			"base": {Told: 28 * s, Limit: 2 * s, After: []string{"app", "fast", "slow"}},
		}},
		"native sidecars last and one by one": {pod: natives, period: 30 * s, left: 30 * s, want: map[string]stopOfContainer{
			"app":   {Limit: 24 * s},
			"proxy": {Told: 24 * s, Limit: 2 * s, After: []string{"app"}},
			"log":   {Told: 26 * s, Limit: 2 * s, After: []string{"app", "proxy"}},
			"mesh":  {Told: 28 * s, Limit: 2 * s, After: []string{"app", "log", "proxy"}},
		}},
		"a stop timeout before native sidecars": {pod: natives, stopped: []string{"app"}, period: 30 * s, left: 30 * s,
			want: map[string]stopOfContainer{
				"proxy": {Limit: 5 * s},
				"log":   {Told: 5 * s, Limit: 23 * s, After: []string{"proxy"}},
				"mesh":  {Told: 28 * s, Limit: 2 * s, After: []string{"log", "proxy"}},
			}},
		"an exited middle takes no time and keeps the order": {pod: chain, stopped: []string{"proxy"}, period: 30 * s, left: 30 * s,
			want: map[string]stopOfContainer{
				"app":   {Limit: 28 * s},
				"certs": {Told: 28 * s, Limit: 2 * s, After: []string{"app"}},
			}},
		"in the middle of a stop": {pod: chain, stopped: []string{"app"}, period: 30 * s, left: 20 * s, want: map[string]stopOfContainer{
			"proxy": {Limit: 18 * s},
			"certs": {Told: 18 * s, Limit: 2 * s, After: []string{"proxy"}},
		}},
		"floors are scaled down": {pod: chain, period: 3 * s, left: 3 * s, want: map[string]stopOfContainer{
			"app":   {Limit: s},
			"proxy": {Told: s, Limit: s, After: []string{"app"}},
			"certs": {Told: 2 * s, Limit: s, After: []string{"app", "proxy"}},
		}},
		"the last second of a longer period is shared": {pod: chain, stopped: []string{"app"}, period: 30 * s, left: s,
			want: map[string]stopOfContainer{
				"proxy": {Limit: s / 2},
				"certs": {Told: s / 2, Limit: s / 2, After: []string{"proxy"}},
			}},
		"a period of one second stops all at once": {pod: chains, period: s, left: s, want: map[string]stopOfContainer{
			"a": {Limit: 2 * s}, "b": {Limit: 2 * s}, "c": {Limit: 2 * s}, "d": {Limit: 2 * s}, "e": {Limit: 2 * s},
		}},
		"no period at all gives each what Kubernetes gives": {pod: chain, want: map[string]stopOfContainer{
			"app": {Limit: 2 * s}, "proxy": {Limit: 2 * s}, "certs": {Limit: 2 * s},
		}},
		"at once, with native sidecars and stop timeouts": {pod: natives, period: s, left: s / 2, want: map[string]stopOfContainer{
			"app": {Limit: 2 * s}, "proxy": {Limit: 2 * s}, "log": {Limit: 2 * s}, "mesh": {Limit: 2 * s},
		}},
		"the period is over": {pod: chain, period: 30 * s, left: -s, want: map[string]stopOfContainer{
			"app": {}, "proxy": {After: []string{"app"}}, "certs": {After: []string{"app", "proxy"}},
		}},
		"nothing runs": {pod: chain, stopped: []string{"app", "proxy", "certs"}, period: 30 * s, left: 30 * s,
			want: map[string]stopOfContainer{}},
	} {
		t.Run(name, func(t *testing.T) {
			graph, err := ForPod(tt.pod.pod, podFields)
			if err != nil {
				t.Fatal(err)
			}
			schedule := graph.StopSchedule(tt.period, tt.left, func(name string) bool { return !slices.Contains(tt.stopped, name) })
			if diff := cmp.Diff(tt.want, stopsOf(t, schedule), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("stops (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStopScheduleOrder(t *testing.T) {
	graph, err := ForPod(newPod().native("mesh").container("b", "{}").container("last", "{}").
		container("c", `{"stopTimeoutSeconds":1}`).container("a", `{"dependsOn":[{"container":"last"}]}`).pod, podFields)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range graph.StopSchedule(30*time.Second, 30*time.Second, allRun).Containers {
		names = append(names, c.Name)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "last", "mesh"}, names); diff != "" {
		t.Errorf("order by time, then by name (-want +got):\n%s", diff)
	}
}

func TestStopLimitNow(t *testing.T) {
	const s = time.Second
	chain := appProxyCerts
	mesh := func() *podBuilder { return newPod().native("mesh").native("log").container("app", "{}") }
	limited := func() *podBuilder { return newPod().container("app", `{"stopTimeoutSeconds":5}`) }
	for name, tt := range map[string]struct {
		pod     *podBuilder
		stopped []string
		of      string
		left    time.Duration
		want    time.Duration
	}{
		"the first of a chain leaves the floors":      {pod: chain(), of: "app", left: 30 * s, want: 26 * s},
		"the middle":                                  {pod: chain(), of: "proxy", left: 30 * s, want: 28 * s},
		"the last has what is left":                   {pod: chain(), of: "certs", left: 30 * s, want: 30 * s},
		"a container that does not run needs no time": {pod: chain(), stopped: []string{"certs"}, of: "app", left: 30 * s, want: 28 * s},
		"exited middle":                               {pod: chain(), stopped: []string{"proxy"}, of: "app", left: 30 * s, want: 28 * s},
		"a short period is shared":                    {pod: chain(), of: "app", left: 3 * s, want: s},
		"a period that is just enough":                {pod: chain(), of: "app", left: 6 * s, want: 2 * s},
		"nothing left":                                {pod: chain(), of: "app", left: 0, want: 0},
		"past the deadline":                           {pod: chain(), of: "app", left: -s, want: 0},
		"a stop timeout":                              {pod: limited(), of: "app", left: 30 * s, want: 5 * s},
		"a stop timeout that exceeds the time left":   {pod: limited(), of: "app", left: 3 * s, want: 3 * s},
		"native sidecars stop one by one, last":       {pod: mesh(), of: "app", left: 30 * s, want: 26 * s},
		"the last native sidecar stops first":         {pod: mesh(), of: "log", left: 30 * s, want: 28 * s},
		"the first native sidecar stops last":         {pod: mesh(), of: "mesh", left: 30 * s, want: 30 * s},
		"an ephemeral container":                      {pod: chain(), of: "debugger", left: 30 * s, want: 30 * s},
	} {
		t.Run(name, func(t *testing.T) {
			graph, err := ForPod(tt.pod.pod, podFields)
			if err != nil {
				t.Fatal(err)
			}
			running := func(name string) bool { return !slices.Contains(tt.stopped, name) }
			if got := graph.StopSchedule(30*s, tt.left, running).LimitNow(tt.of); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestStopFloors(t *testing.T) {
	graph, err := ForPod(newPod().native("mesh").container("app", `{"dependsOn":[{"container":"proxy"}]}`).
		container("proxy", "{}").container("other", "{}").pod, podFields)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		running []string
		grace   time.Duration
		want    time.Duration
	}{
		"all":             {running: []string{"mesh", "app", "proxy", "other"}, grace: 30 * time.Second, want: 6 * time.Second},
		"exited middle":   {running: []string{"mesh", "app"}, grace: 30 * time.Second, want: 4 * time.Second},
		"none":            {grace: 30 * time.Second},
		"a short period":  {running: []string{"mesh", "app", "proxy"}, grace: 3 * time.Second, want: 3 * time.Second},
		"one stage alone": {running: []string{"app", "other"}, grace: 30 * time.Second, want: 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			running := func(name string) bool { return slices.Contains(tt.running, name) }
			if got := graph.StopSchedule(tt.grace, tt.grace, running).Floors; got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// In any pod whose containers all use up their limits, every container has some time to stop, and all have stopped at the end
// of the pod's grace period.
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
			// All containers whose turn it is are told at once, and each uses up its limit.
			var stage []string
			for name := range running {
				if !slices.ContainsFunc(graph.StopsAfter(name), runs) {
					stage = append(stage, name)
				}
			}
			var took time.Duration
			for _, name := range stage {
				limit := graph.StopSchedule(time.Minute, grace-passed, runs).LimitNow(name)
				if limit <= 0 && grace > passed {
					t.Fatalf("%s has no time to stop, although %s of the period are left\n%s", name, grace-passed, graph)
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

// TestStopScheduleIsThatOfTheOracle simulates stops of random pods whose containers never exit early. It computes the schedule
// again at every step, as a kubelet does, and checks that each container is told at the time in the initial schedule.
func TestStopScheduleIsThatOfTheOracle(t *testing.T) {
	random := newRandom(t)
	scaled, limited, apart, gone, atOnce := 0, 0, 0, 0, 0
	for range 2000 {
		graph := randomValid(t, random)
		oracle := newOracle(graph.Plan())
		running := map[string]bool{}
		for _, n := range graph.nodes {
			if running[n.name] = random.Intn(5) > 0; !running[n.name] {
				gone++
			}
		}
		period := time.Duration(random.Int63n(int64(pick(random, 1500*time.Millisecond, 12*time.Second, time.Minute))))
		initial := maps.Clone(running)
		got := graph.StopSchedule(period, period, func(name string) bool { return initial[name] })
		if period <= time.Second {
			atOnce++
			for name, c := range stopsOf(t, got) {
				if c.Told != 0 || c.Limit != 2*time.Second || len(c.After) > 0 {
					t.Fatalf("%s: %+v in a period of %s", name, c, period)
				}
			}
			continue
		}
		want := oracle.stop(period, running, func(told string, left, limit time.Duration) {
			now := graph.StopSchedule(period, left, func(name string) bool { return running[name] })
			if got := now.LimitNow(told); got != limit {
				t.Fatalf("%s has %s at its turn, want %s\n%s", told, got, limit, graph)
			}
			if c, want := stopsOf(t, now)[told], (stopOfContainer{Limit: limit}); !cmp.Equal(c, want, cmpopts.EquateEmpty()) {
				t.Fatalf("%s is scheduled for %+v at its turn, want %+v\n%s", told, c, want, graph)
			}
		})
		stops := stopsOf(t, got)
		if diff := cmp.Diff(want, stops, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s, running %v (-want +got):\n%s%s", period, initial, diff, graph)
		}
		longest, last, before := 0, time.Duration(0), oracle.runningBefore(initial)
		ends := map[time.Duration]bool{}
		for name, c := range stops {
			longest = max(longest, longestChain(name, initial, before))
			last = max(last, c.Told+c.Limit)
			ends[c.Told+c.Limit] = true
			if c.Limit <= 0 {
				t.Fatalf("%s has no time to stop in a period of %s\n%s", name, period, graph)
			}
			if own := oracle.stopTimeout(name); own > 0 && c.Limit == own {
				limited++
			}
		}
		if last > period {
			t.Fatalf("the stop takes %s of a period of %s\n%s", last, period, graph)
		}
		if floors := time.Duration(longest) * 2 * time.Second; floors > period {
			scaled++
			if got.Floors != period {
				t.Fatalf("floors %s, want the whole period of %s", got.Floors, period)
			}
		} else {
			if got.Floors != floors {
				t.Fatalf("floors %s, want %s", got.Floors, floors)
			}
			for name, c := range stops {
				if own := oracle.stopTimeout(name); c.Limit < 2*time.Second && c.Limit != own {
					t.Fatalf("%s has %s, less than a floor, in a period of %s\n%s", name, c.Limit, period, graph)
				}
			}
		}
		if len(ends) > longest {
			apart++ // more ends than stages: the chains stop independently
		}
	}
	if scaled == 0 || limited == 0 || apart == 0 || gone == 0 || atOnce == 0 {
		t.Errorf("%d scaled, %d with own limits, %d apart, %d gone, %d at once: the random pods do not cover all cases",
			scaled, limited, apart, gone, atOnce)
	}
}

// TestStopScheduleUsesThePeriod: without stop timeouts, the containers have the whole grace period and no more.
func TestStopScheduleUsesThePeriod(t *testing.T) {
	random := newRandom(t)
	for range 1000 {
		plan := randomValid(t, random).Plan()
		for i := range plan.Containers {
			if l := plan.Containers[i].Lifecycle; l != nil {
				l.StopTimeoutSeconds = nil
			}
		}
		for i := range plan.InitContainers {
			if l := plan.InitContainers[i].Lifecycle; l != nil {
				l.StopTimeoutSeconds = nil
			}
		}
		graph, err := New(plan)
		if err != nil {
			t.Fatal(err)
		}
		// In a shorter period there is no order.
		period := MaxUnorderedPeriod + 1 + time.Duration(random.Int63n(int64(time.Minute)))
		last := time.Duration(0)
		for _, c := range graph.StopSchedule(period, period, allRun).Containers {
			last = max(last, c.Ended())
		}
		if last != period {
			t.Fatalf("the stop takes %s of a period of %s\n%s", last, period, graph)
		}
	}
}
