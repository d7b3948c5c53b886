// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// outline of a pod: its containers with their probes, and who waits for whom.
type outline struct {
	Init, Regular []string
	Policy        v1.RestartPolicy
	Waits         map[string]string
}

func TestPod(t *testing.T) {
	tests := map[string]struct {
		c     Case
		style Style
		want  outline
	}{
		"independent, ours": {
			c: Case{Kind: Independent, Size: 2, Period: 10}, style: Annotations,
			want: outline{
				Regular: []string{"s1 startup 10", "s2 startup 10", "app"}, Policy: v1.RestartPolicyAlways,
				Waits: map[string]string{"app": "s1 Ready, s2 Ready"},
			},
		},
		"chain, ours": {
			c: Case{Kind: Chain, Size: 3, Period: 1}, style: Annotations,
			want: outline{
				Regular: []string{"s1 startup 1", "s2 startup 1", "s3 startup 1", "app"}, Policy: v1.RestartPolicyAlways,
				Waits: map[string]string{"s2": "s1 Ready", "s3": "s2 Ready", "app": "s1 Ready, s2 Ready, s3 Ready"},
			},
		},
		"deaf, ours": {
			c: Case{Kind: Deaf, Size: 3}, style: Annotations,
			want: outline{
				Regular: []string{"s1", "s2", "app"}, Policy: v1.RestartPolicyAlways,
				Waits: map[string]string{"s2": "s1 Ready", "app": "s1 Ready, s2 Ready"},
			},
		},
		"deaf, pristine": {
			c: Case{Kind: Deaf, Size: 3}, style: Native,
			want: outline{Init: []string{"s1 Always", "s2 Always"}, Regular: []string{"app"}, Policy: v1.RestartPolicyAlways},
		},
		"realistic, ours": {
			c: Case{Kind: Realistic, Period: 1}, style: Annotations,
			want: outline{
				Regular: []string{"certs OnFailure", "agent startup 1", "metrics startup 1", "mesh startup 1", "app"},
				Policy:  v1.RestartPolicyAlways,
				Waits: map[string]string{
					"agent": "certs Succeeded", "mesh": "certs Succeeded", "metrics": "agent Ready",
					"app": "agent Ready, certs Ready, mesh Ready, metrics Ready",
				},
			},
		},
		"realistic, pristine": {
			c: Case{Kind: Realistic, Period: 1}, style: Native,
			want: outline{
				Init:    []string{"certs", "agent Always startup 1", "metrics Always startup 1", "mesh Always startup 1"},
				Regular: []string{"app"}, Policy: v1.RestartPolicyAlways,
			},
		},
		"ordinary, pristine": {
			c: Case{Kind: Ordinary, Size: 2}, style: Native,
			want: outline{Regular: []string{"c1", "c2"}, Policy: v1.RestartPolicyAlways},
		},
		"ordinary, ours": {
			c: Case{Kind: Ordinary, Size: 2}, style: Annotations,
			want: outline{Regular: []string{"c1", "c2"}, Policy: v1.RestartPolicyAlways},
		},
		"one of a crowd, unordered": {
			c: Crowd, style: Unordered,
			want: outline{Regular: []string{"s1", "s2", "app"}, Policy: v1.RestartPolicyAlways},
		},
		"one of a crowd, ordered": {
			c: Crowd, style: Annotations,
			want: outline{
				Regular: []string{"s1", "s2", "app"}, Policy: v1.RestartPolicyAlways, Waits: map[string]string{"app": "s1 Ready, s2 Ready"},
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pod, err := Pod(test.c, test.c.Name(), test.style)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, outlineOf(t, pod)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestScript(t *testing.T) {
	c := Case{Kind: Realistic, WarmUp: 300 * time.Millisecond, Period: 1}
	want := map[string]string{
		"certs": "trap 'exit 0' TERM; sleep 0.3 & wait $!; exit 0",
		"agent": "trap 'exit 0' TERM; sleep 0.3 & wait $!; httpd -f -p 8002 -h /etc & wait",
		"app":   "trap 'exit 0' TERM; sleep 2147483647 & wait",
	}
	got := map[string]string{}
	for i, node := range c.Nodes() {
		if _, ok := want[node.Name]; ok {
			got[node.Name] = container(c, i, node).Command[2]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func outlineOf(t *testing.T, pod *v1.Pod) outline {
	t.Helper()
	graph, err := dependency.ForPod(pod, nil)
	if err != nil {
		t.Fatalf("the pod's order is not valid: %v", err)
	}
	o := outline{Policy: pod.Spec.RestartPolicy}
	for _, c := range pod.Spec.InitContainers {
		o.Init = append(o.Init, line(c))
	}
	for _, c := range pod.Spec.Containers {
		o.Regular = append(o.Regular, line(c))
		if graph == nil {
			continue
		}
		for _, d := range graph.WaitsFor(c.Name) {
			if o.Waits == nil {
				o.Waits = map[string]string{}
			}
			if o.Waits[c.Name] != "" {
				o.Waits[c.Name] += ", "
			}
			o.Waits[c.Name] += d.Container + " " + string(d.Condition)
		}
	}
	return o
}

func line(c v1.Container) string {
	text := c.Name
	if c.RestartPolicy != nil {
		text += " " + string(*c.RestartPolicy)
	}
	for kind, probe := range map[string]*v1.Probe{"startup": c.StartupProbe, "readiness": c.ReadinessProbe} {
		if probe != nil {
			text += fmt.Sprintf(" %s %d", kind, probe.PeriodSeconds)
		}
	}
	return text
}
