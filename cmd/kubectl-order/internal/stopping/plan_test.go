// SPDX-License-Identifier: Apache-2.0

package stopping

import (
	"fmt"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// chain is a pod whose containers stop one after another: app, proxy, certs.
func chain(t *testing.T, annotations map[string]string) (*v1.Pod, *dependency.Graph) {
	t.Helper()
	pod := &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Annotations: map[string]string{}}}
	says := map[string]string{"app": `{"dependsOn":[{"container":"proxy"}]}`, "proxy": `{"dependsOn":[{"container":"certs"}]}`}
	for name, text := range annotations {
		says[name] = text
	}
	for _, name := range []string{"app", "proxy", "certs"} {
		pod.Spec.Containers = append(pod.Spec.Containers, v1.Container{Name: name})
		if says[name] != "" {
			pod.Annotations[dependency.AnnotationPrefix+name] = says[name]
		}
	}
	graph, err := dependency.ForPod(pod, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pod, graph
}

func sketch(stops func(Container) Stop, p *Plan) string {
	var parts []string
	for _, c := range p.Containers {
		s := stops(c)
		part := fmt.Sprintf("%s %v+%v", c.Name, s.Told, s.Limit)
		if s.Killed {
			part += " killed"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

func TestOf(t *testing.T) {
	tests := map[string]struct {
		says              map[string]string
		grace             int64
		deaf              []string
		best, worst, some string
	}{
		"a chain": {
			grace: 10,
			best:  "app 0+6, proxy 0+8, certs 0+10", worst: "app 0+6 killed, proxy 6+2 killed, certs 8+2 killed",
		},
		"only the app is deaf": {
			grace: 10, deaf: []string{"app"},
			best: "app 0+6, proxy 0+8, certs 0+10", worst: "app 0+6 killed, proxy 6+2 killed, certs 8+2 killed",
			some: "app 0+6 killed, proxy 6+2, certs 6+4",
		},
		"a limit of its own": {
			says:  map[string]string{"app": `{"dependsOn":[{"container":"proxy"}],"stopTimeoutSeconds":1}`},
			grace: 10,
			best:  "app 0+1, proxy 0+8, certs 0+10", worst: "app 0+1 killed, proxy 1+7 killed, certs 8+2 killed",
		},
		"less time than the floors": {
			grace: 3, best: "app 0+1, proxy 0+1.5, certs 0+3", worst: "app 0+1 killed, proxy 1+1 killed, certs 2+1 killed",
		},
		"too short for an order": {
			grace: 1, best: "app 0+2, certs 0+2, proxy 0+2", worst: "app 0+2 killed, certs 0+2 killed, proxy 0+2 killed",
		},
		"no time": {
			grace: 0, best: "app 0+2, certs 0+2, proxy 0+2", worst: "app 0+2 killed, certs 0+2 killed, proxy 0+2 killed",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pod, graph := chain(t, test.says)
			p := Of("pod/p", pod, graph, test.grace, test.deaf, func(string) string { return "" })
			for what, both := range map[string][2]string{
				"best":  {test.best, sketch(func(c Container) Stop { return c.Best }, p)},
				"worst": {test.worst, sketch(func(c Container) Stop { return c.Worst }, p)},
			} {
				if both[0] != both[1] {
					t.Errorf("%s: got %q, want %q", what, both[1], both[0])
				}
			}
			if test.some != "" {
				if got := sketch(func(c Container) Stop { return *c.Deaf }, p); got != test.some {
					t.Errorf("deaf: got %q, want %q", got, test.some)
				}
			}
		})
	}
}

// TestWorstIsTheSchedule compares the simulation of containers that all ignore their signal with the schedule of the policy package.
func TestWorstIsTheSchedule(t *testing.T) {
	for _, grace := range []int64{2, 3, 5, 8, 30, MaxGraceSeconds} {
		pod, graph := chain(t, nil)
		p := Of("pod/p", pod, graph, grace, nil, func(string) string { return "" })
		period := time.Duration(grace) * time.Second
		want := graph.StopSchedule(period, period, func(string) bool { return true })
		for i, c := range want.Containers {
			got := p.Containers[i]
			if got.Name != c.Name || got.Worst.Told != c.Told.Seconds() || got.Worst.Limit != c.Limit.Seconds() {
				t.Errorf("grace %d: got %+v, want %+v", grace, got, c)
			}
		}
	}
}
