// SPDX-License-Identifier: Apache-2.0

package reboot

import (
	"fmt"
	"slices"

	v1 "k8s.io/api/core/v1"

	"kubelet-ordering/pkg/api/v1/dependency"
)

// Expected says what should have happened to a pod in one boot.
type Expected struct {
	// Stopped reports whether the pod was stopped in order at the end of the boot.
	Stopped bool
	// Done reports whether what had succeeded in an earlier boot should not have run again.
	Done bool
}

// Verdict is what was found about a pod in one boot.
type Verdict struct {
	// Starts and Stops are the numbers of pairs of containers whose order was looked at.
	Starts, Stops int
	Problems      []string
}

// Check compares what the containers of a pod did in one boot with the pod's order.
func Check(records []Record, pod *v1.Pod, expected Expected) (Verdict, error) {
	graph, err := dependency.ForPod(pod, nil)
	if err != nil {
		return Verdict{}, fmt.Errorf("read the order of pod %q: %w", pod.Name, err)
	}
	c := checker{records: of(records, pod.Name)}
	for i := range pod.Spec.Containers {
		name := pod.Spec.Containers[i].Name
		succeeds := once(&pod.Spec.Containers[i])
		c.expect(name, started, !succeeds || !expected.Done)
		if c.at(name, started) < 0 {
			continue
		}
		c.expect(name, ready, true)
		c.expect(name, told, expected.Stopped && !succeeds)
		c.expect(name, exited, expected.Stopped || succeeds)
		for _, target := range graph.WaitsFor(name) {
			if target.Condition != dependency.None && c.at(target.Container, started) >= 0 {
				c.Starts++
				c.before(target.Container, ready, name, started)
			}
		}
		if c.at(name, told) < 0 {
			continue
		}
		for _, dependent := range graph.StopsAfter(name) {
			if c.at(dependent, told) >= 0 {
				c.Stops++
				c.before(dependent, exited, name, told)
			}
		}
	}
	return c.Verdict, nil
}

// checker collects the problems of one pod in one boot.
type checker struct {
	Verdict
	records []Record
}

// at returns when something happened first, or -1.
func (c *checker) at(container, event string) int {
	return slices.IndexFunc(c.records, func(r Record) bool { return r.Container == container && r.Event == event })
}

// expect notes a problem unless this happened once, or not at all.
func (c *checker) expect(container, event string, happens bool) {
	count, want := 0, 0
	for _, r := range c.records {
		if r.Container == container && r.Event == event {
			count++
		}
	}
	if happens {
		want = 1
	}
	if count != want {
		c.Problems = append(c.Problems, fmt.Sprintf("%q of container %q happened %d times, want %d", event, container, count, want))
	}
}

// before notes a problem unless the first happened, and before the second, which did.
func (c *checker) before(first, event, second, then string) {
	if at := c.at(first, event); at < 0 || at > c.at(second, then) {
		c.Problems = append(c.Problems, fmt.Sprintf("%q of container %q came before %q of container %q", then, second, event, first))
	}
}
