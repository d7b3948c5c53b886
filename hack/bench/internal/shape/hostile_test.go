// SPDX-License-Identifier: Apache-2.0

package shape

import (
	"net"
	"testing"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// Hostile pods use up the bounds but do not exceed what an API server accepts, and few of their containers ever run.
func TestHostile(t *testing.T) {
	server := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}
	names := map[string]bool{}
	for i, how := range hostile {
		t.Run(how.kind, func(t *testing.T) {
			pod := Hostile(i, server)
			if names[pod.Name] {
				t.Errorf("%s is there twice", pod.Name)
			}
			names[pod.Name] = true
			graph, err := dependency.ForPod(pod, nil)
			if invalid := how.kind == "invalid" || how.kind == "bomb"; (err != nil) != invalid {
				t.Errorf("the order is invalid: %v, want %t", err, invalid)
			}
			runs := 0
			for _, c := range pod.Spec.Containers {
				if c.Image == Image && (graph == nil || len(graph.WaitsFor(c.Name)) == 0) {
					runs++
				}
			}
			if n := len(pod.Spec.Containers); n > most || runs == 0 || runs > 2 {
				t.Errorf("%d containers of which %d run, want at most %d and 1 to 2", n, runs, most)
			}
			total := 0
			for key, text := range pod.Annotations {
				if total += len(key) + len(text); err == nil && len(text) > largest {
					t.Errorf("an annotation of %d bytes", len(text))
				}
			}
			if total > largestAll || how.kind == "wide" && total < largestAll*9/10 {
				t.Errorf("annotations of %d bytes, want at most %d", total, largestAll)
			}
		})
	}
}

func TestBystander(t *testing.T) {
	server := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}
	for i, want := range []int{0, 1} {
		pod := Bystander(i, server)
		waits := 0
		graph, err := dependency.ForPod(pod, nil)
		if err != nil {
			t.Fatal(err)
		}
		if graph != nil {
			waits = len(graph.WaitsFor(App))
		}
		if waits != want {
			t.Errorf("the app of %s waits for %d containers, want %d", pod.Name, waits, want)
		}
	}
}
