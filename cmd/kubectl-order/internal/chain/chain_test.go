// SPDX-License-Identifier: Apache-2.0

package chain

import (
	"fmt"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubelet-ordering/internal/facts"
	"kubelet-ordering/pkg/api/v1/dependency"
)

var begin = time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return begin.Add(time.Duration(seconds * float64(time.Second))) }

// life is when a container started and became ready, in seconds.
type life struct{ started, ready float64 }

// pod is a pod of which each container waits for those that it names.
func pod(t *testing.T, waits map[string][]string, lives map[string]life, inits ...float64) (*facts.Pod, *dependency.Graph) {
	t.Helper()
	p := &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Annotations: map[string]string{}}}
	for i := range inits {
		p.Spec.InitContainers = append(p.Spec.InitContainers, v1.Container{Name: fmt.Sprintf("init%d", i)})
	}
	for _, name := range []string{"a", "b", "c", "d"} {
		if _, ok := lives[name]; !ok {
			continue
		}
		p.Spec.Containers = append(p.Spec.Containers, v1.Container{Name: name, ReadinessProbe: &v1.Probe{}})
		var entries []string
		for _, other := range waits[name] {
			entries = append(entries, fmt.Sprintf(`{"container": %q}`, other))
		}
		p.Annotations[dependency.AnnotationPrefix+name] = `{"dependsOn": [` + strings.Join(entries, ",") + `]}`
	}
	graph, err := dependency.ForPod(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := facts.NewPod(p, graph)
	f.Begin = begin
	for i, end := range inits {
		c := f.Container(fmt.Sprintf("init%d", i))
		c.Runs = []*facts.Run{{Record: facts.Record{ID: c.Name, Started: begin, Finished: at(end)}}}
	}
	for name, l := range lives {
		c := f.Container(name)
		c.Runs = []*facts.Run{{Record: facts.Record{ID: name, Started: at(l.started)}}}
		if l.ready > 0 {
			c.Ready = []facts.Turn{{Run: name, At: at(l.ready), On: true}}
		}
	}
	return f, graph
}

func TestOf(t *testing.T) {
	tests := map[string]struct {
		waits     map[string][]string
		lives     map[string]life
		inits     []float64
		container string
		want      string
	}{
		"a chain": {
			waits: map[string][]string{"b": {"a"}, "c": {"b"}},
			lives: map[string]life{"a": {1, 4}, "b": {5, 9}, "c": {10, 0}},
			want:  "a 0-4 gains 4, b 4-9 gains 5, c 9-10 gains 1",
		},
		"a second chain bounds the gain": {
			waits: map[string][]string{"c": {"a", "b"}},
			lives: map[string]life{"a": {1, 9}, "b": {1, 7}, "c": {10, 0}},
			want:  "a 0-9 gains 2, c 9-10 gains 1",
		},
		"both chains share the first link": {
			waits: map[string][]string{"b": {"a"}, "c": {"a"}, "d": {"b", "c"}},
			lives: map[string]life{"a": {1, 4}, "b": {5, 10}, "c": {5, 8}, "d": {11, 0}},
			want:  "a 0-4 gains 4, b 4-10 gains 2, d 10-11 gains 1",
		},
		"init containers come first": {
			waits: map[string][]string{"b": {"a"}},
			lives: map[string]life{"a": {6, 8}, "b": {9, 0}},
			inits: []float64{3, 5},
			want:  "(init containers) 0-5 gains 5, a 5-8 gains 3, b 8-9 gains 1",
		},
		"another container": {
			waits: map[string][]string{"b": {"a"}, "c": {"b"}},
			lives: map[string]life{"a": {1, 4}, "b": {5, 9}, "c": {10, 0}}, container: "b",
			want: "a 0-4 gains 4, b 4-5 gains 1",
		},
		"all in the same second": {
			waits: map[string][]string{"b": {"a"}, "c": {"b"}},
			lives: map[string]life{"a": {2, 2}, "b": {2, 2}, "c": {2, 0}},
			want:  "a 0-2 gains 2, b 2-2 gains 0, c 2-2 gains 0",
		},
		"all in the same second, listed the other way": {
			waits: map[string][]string{"b": {"c"}, "a": {"b"}},
			lives: map[string]life{"a": {2, 0}, "b": {2, 2}, "c": {2, 2}},
			want:  "c 0-2 gains 2, b 2-2 gains 0, a 2-2 gains 0",
		},
		"the last waits in the same second through another": {
			waits: map[string][]string{"d": {"b"}, "b": {"a"}},
			lives: map[string]life{"a": {2, 2}, "b": {1, 2}, "d": {2, 0}},
			want:  "a 0-2 gains 2, b 2-2 gains 0, d 2-2 gains 0",
		},
		"it waits for nothing": {
			lives: map[string]life{"a": {2, 0}}, want: "a 0-2 gains 2",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, graph := pod(t, test.waits, test.lives, test.inits...)
			c, err := Of("pod/p", f, graph, test.container)
			if err != nil {
				t.Fatal(err)
			}
			var parts []string
			for _, l := range c.Links {
				parts = append(parts, fmt.Sprintf("%s %v-%v gains %v", l.Container, l.Open, l.Held, l.Gain))
			}
			if got := strings.Join(parts, ", "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
