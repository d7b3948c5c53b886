// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/hack/demo/internal/verdict"
	"kubelet-ordering/internal/facts"
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
		"all is well":            {want: "17 of 17 edges"},
		"the order of the stops": {want: "certs 30.55 s, metrics 31.29 s"},
		"the wrong phase":        {expect: "Failed", want: "expected Failed", failed: true},
		"any phase":              {want: "pod Running, until it was deleted"},
		"a page":                 {change: func(p *facts.Pod) { p.Page = &facts.Page{URL: "u", Text: "a 1\nb 2"} }, want: "page u: a 1; b 2"},
		"a page that is not there": {
			change: func(p *facts.Pod) { p.Page = &facts.Page{URL: "u", Problem: "refused"} }, want: "page u: refused", failed: true,
		},
		"another reason": {
			expect: "Failed/DependencyFailed", change: func(p *facts.Pod) { p.Phase, p.Reason = v1.PodFailed, "Evicted" },
			want: "pod Failed/Evicted, expected", failed: true,
		},
		"a reason that is not expected": {
			expect: "Failed", change: func(p *facts.Pod) { p.Phase, p.Reason = v1.PodFailed, "Evicted" },
			want: "pod Failed/Evicted",
		},
		"started too early": {
			change: func(p *facts.Pod) { p.Container("web").Runs[0].Started = sampleAt(20) },
			want:   "web waits for mesh Ready, at 20.38 s, and started at 20.00 s", failed: true,
		},
		"started between two polls": {
			change: func(p *facts.Pod) {
				p.Container("web").Runs[0].Started = p.Container("mesh").Ready[1].At.Add(-10 * time.Millisecond)
			},
			want: "1 within the time between two looks",
		},
		"a dependency was never ready": {
			change: func(p *facts.Pod) { p.Container("policy").Ready = nil },
			want:   "mesh waits for policy Ready, which was not seen", failed: true,
		},
		"the pod has not ended": {change: func(p *facts.Pod) { p.End = time.Time{} }, want: "has not ended", failed: true},
		"never started":         {change: func(p *facts.Pod) { p.Container("discovery").Runs = nil }, want: "never started: discovery"},
		"told too early": {
			change: func(p *facts.Pod) { p.Container("policy").Runs[0].Told = sampleAt(30) },
			want:   "policy was told to stop at 30.00 s, before mesh had exited at 30.49 s", failed: true,
		},
		"nothing in the log": {
			change: func(p *facts.Pod) {
				for _, c := range p.Containers {
					c.Last().Told, c.Last().Signalled = time.Time{}, time.Time{}
				}
			},
			want: "5 by the exit alone",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pod, graph := sample(t, sampleEnd)
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
			want: []verdict.Finding{{OK: true, Text: "stop limits: 8 of 8 kept: discovery 1.4 of 22.0 s, web 1.1 of 22.5 s, worker 0.7 of 22.5 s, " +
				"logs 0.6 of 25.4 s, mesh 0.9 of 23.4 s, policy 0.5 of 24.4 s, certs 0.7 of 24.4 s, metrics 0.5 of 25.6 s"}},
		},
		"within a limit of its own and the slack": {
			own:    new(int64(1)),
			change: func(p *facts.Pod) { p.Container("mesh").Runs[0].Finished = sampleAt(31.47) },
			want: []verdict.Finding{{OK: true, Text: "stop limits: 8 of 8 kept: discovery 1.4 of 22.0 s, web 1.1 of 22.5 s, worker 0.7 of 22.5 s, " +
				"logs 0.6 of 25.4 s, mesh 1.9 of 1.0 s, policy 0.5 of 24.4 s, certs 0.7 of 24.4 s, metrics 0.5 of 25.6 s"}},
		},
		"beyond a limit of its own": {
			own:    new(int64(1)),
			change: func(p *facts.Pod) { p.Container("mesh").Runs[0].Finished = sampleAt(36.47) },
			want: []verdict.Finding{{
				Text: "stop limits: 7 of 8 kept: discovery 1.4 of 22.0 s, web 1.1 of 22.5 s, worker 0.7 of 22.5 s, " +
					"logs 0.6 of 25.4 s, mesh 6.9 of 1.0 s, policy 0.5 of 24.4 s, certs 0.7 of 24.4 s, metrics 0.5 of 25.6 s",
				Details: []string{"mesh took 6.9 s to stop and had 1.0 s"},
			}},
		},
		"beyond what the pod has left": {
			change: func(p *facts.Pod) { p.Container("metrics").Runs[0].Finished = sampleAt(59) },
			want: []verdict.Finding{{
				Text: "stop limits: 7 of 8 kept: discovery 1.4 of 22.0 s, web 1.1 of 22.5 s, worker 0.7 of 22.5 s, " +
					"logs 0.6 of 25.4 s, mesh 0.9 of 23.4 s, policy 0.5 of 24.4 s, certs 0.7 of 24.4 s, metrics 27.7 of 25.6 s",
				Details: []string{"metrics took 27.7 s to stop and had 25.6 s"},
			}},
		},
		"nothing in the log": {
			change: func(p *facts.Pod) {
				for _, c := range p.Containers {
					c.Last().Told, c.Last().Signalled = time.Time{}, time.Time{}
				}
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pod, graph := sample(t, sampleEnd)
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
