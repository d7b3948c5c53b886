// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"testing"
	"time"

	"kubelet-ordering/hack/bench/internal/shape"
	"kubelet-ordering/hack/internal/cri"
)

func TestTrial(t *testing.T) {
	begin := time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return begin.Add(time.Duration(ms) * time.Millisecond) }
	c := shape.Case{Kind: shape.Chain, Size: 2, WarmUp: 300 * time.Millisecond, Period: 1}
	tests := map[string]struct {
		starts map[string]int
		// more is a container that has a second record.
		more    string
		up      bool
		ordered bool
	}{
		"one to go":         {starts: map[string]int{"s1": 0, "s2": 400}},
		"all, in order":     {starts: map[string]int{"s1": 0, "s2": 400, "app": 800}, up: true, ordered: true},
		"one restarted":     {starts: map[string]int{"s1": 0, "s2": 400, "app": 800}, more: "s1", up: true},
		"the app too early": {starts: map[string]int{"s1": 0, "s2": 400, "app": 500}, up: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pod := &cri.Pod{Created: begin}
			for name, ms := range test.starts {
				pod.Containers = append(pod.Containers, &cri.Container{Name: name, Started: at(ms)})
			}
			if test.more != "" {
				pod.Containers = append(pod.Containers, &cri.Container{Name: test.more, Started: at(600)})
			}
			trial := &trial{Case: c}
			last, up := pod.Started(len(c.Nodes()))
			if up != test.up {
				t.Fatalf("got up %v, want %v", up, test.up)
			}
			if !up {
				return
			}
			if want := at(test.starts["app"]); !last.Equal(want) {
				t.Errorf("got the last start %v, want %v", last, want)
			}
			if err := trial.inOrder(pod); (err == nil) != test.ordered {
				t.Errorf("got %v, want in order: %v", err, test.ordered)
			}
		})
	}
}
