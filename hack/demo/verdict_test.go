// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/hack/demo/internal/facts"
	"kubelet-ordering/hack/demo/internal/verdict"
	"kubelet-ordering/pkg/api/v1/dependency"
)

func TestVerdict(t *testing.T) {
	tests := map[string]struct {
		expect string
		change func(pod *facts.Pod)
		// want is in the text of the findings or their details.
		want   string
		failed bool
	}{
		"all is well":            {expect: "Succeeded", want: "7 of 7 edges"},
		"the order of the stops": {want: "metrics 13.06 s, agent 13.83 s"},
		"the wrong phase":        {expect: "Failed", want: "expected Failed", failed: true},
		"any phase":              {want: "pod Succeeded"},
		"another reason": {
			expect: "Failed/DependencyFailed", change: func(p *facts.Pod) { p.Phase, p.Reason = v1.PodFailed, "Evicted" },
			want: "pod Failed/Evicted, expected", failed: true,
		},
		"a reason that is not expected": {
			expect: "Failed", change: func(p *facts.Pod) { p.Phase, p.Reason = v1.PodFailed, "Evicted" },
			want: "pod Failed/Evicted",
		},
		"started too early": {
			change: func(p *facts.Pod) { p.Container("app").Runs[0].Started = sampleAt(5) },
			want:   "app waits for mesh Ready, at 6.60 s, and started at 5.00 s", failed: true,
		},
		"started between two polls": {
			change: func(p *facts.Pod) {
				p.Container("app").Runs[0].Started = p.Container("mesh").Ready[1].At.Add(-10 * time.Millisecond)
			},
			want: "1 within the time between two looks",
		},
		"a dependency failed": {
			change: func(p *facts.Pod) { p.Container("certs").Runs[0].ExitCode = 1 },
			want:   "app waits for certs Succeeded, which was not seen", failed: true,
		},
		"the pod has not ended": {change: func(p *facts.Pod) { p.End = time.Time{} }, want: "has not ended", failed: true},
		"never started":         {change: func(p *facts.Pod) { p.Container("app").Runs = nil }, want: "never started: app"},
		"told too early": {
			change: func(p *facts.Pod) { p.Container("agent").Runs[0].Told = sampleAt(13) },
			want:   "agent was told to stop at 13.00 s, before metrics had exited at 13.70 s", failed: true,
		},
		"nothing in the log": {
			change: func(p *facts.Pod) {
				for _, c := range p.Containers {
					c.Runs[0].Told, c.Runs[0].Signalled = time.Time{}, time.Time{}
				}
			},
			want: "3 by the exit alone",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pod, graph := sample(t, 16)
			if test.change != nil {
				test.change(pod)
			}
			findings := verdict.Check(pod, graph, test.expect)
			var text []string
			for _, line := range verdict.Lines(findings) {
				text = append(text, line.String())
			}
			if got := strings.Join(text, "\n"); !strings.Contains(got, test.want) {
				t.Errorf("got %s\nwant in it: %s", got, test.want)
			}
			if verdict.Passed(findings) == test.failed {
				t.Errorf("got passed %v, want %v: %s", !test.failed, test.failed, strings.Join(text, "\n"))
			}
		})
	}
}

func TestVerdictOnLimits(t *testing.T) {
	tests := map[string]struct {
		// own is the stopTimeoutSeconds of the mesh, if any.
		own    *int64
		change func(pod *facts.Pod)
		want   []verdict.Finding
	}{
		"what runs after a container has its floor": {
			want: []verdict.Finding{{OK: true, Text: "stop limits: 3 of 3 kept: mesh 1.9 of 30.0 s, metrics 0.6 of 28.0 s, agent 0.8 of 29.2 s"}},
		},
		"within a limit of its own and the slack": {
			own:  new(int64(1)),
			want: []verdict.Finding{{OK: true, Text: "stop limits: 3 of 3 kept: mesh 1.9 of 1.0 s, metrics 0.6 of 28.0 s, agent 0.8 of 29.2 s"}},
		},
		"beyond a limit of its own": {
			own:    new(int64(1)),
			change: func(p *facts.Pod) { p.Container("mesh").Runs[0].Finished = sampleAt(20) },
			want: []verdict.Finding{{
				Text:    "stop limits: 2 of 3 kept: mesh 6.9 of 1.0 s, metrics 0.6 of 28.0 s, agent 0.8 of 29.2 s",
				Details: []string{"mesh took 6.9 s to stop and had 1.0 s"},
			}},
		},
		"beyond what the pod has left": {
			change: func(p *facts.Pod) { p.Container("metrics").Runs[0].Finished = sampleAt(43) },
			want: []verdict.Finding{{
				Text:    "stop limits: 2 of 3 kept: mesh 1.9 of 30.0 s, metrics 29.9 of 28.0 s, agent 0.8 of 29.2 s",
				Details: []string{"metrics took 29.9 s to stop and had 28.0 s"},
			}},
		},
		"nothing in the log": {
			change: func(p *facts.Pod) {
				for _, c := range p.Containers {
					c.Runs[0].Told, c.Runs[0].Signalled = time.Time{}, time.Time{}
				}
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pod, graph := sample(t, 16)
			for i := range graph.Plan().Containers {
				if c := &graph.Plan().Containers[i]; c.Name == "mesh" {
					c.Lifecycle.StopTimeoutSeconds = test.own
				}
			}
			graph, err := dependency.New(graph.Plan())
			if err != nil {
				t.Fatal(err)
			}
			if test.change != nil {
				test.change(pod)
			}
			if diff := cmp.Diff(test.want, verdict.Check(pod, graph, "")[3:], cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
