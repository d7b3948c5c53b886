// SPDX-License-Identifier: Apache-2.0

package kuberuntime

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	v1 "k8s.io/api/core/v1"
)

// A pod whose order cannot be followed is held: nothing starts, and users are warned once, and again when the pod
// becomes invalid again.
func TestDependencyInvalidPodIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newTestKubelet(t, newRecordingRuntime())
		pod := podOf("app").native("init").with("init", func(c *v1.Container) { c.RestartPolicy = nil })
		const invalid, other = `{"dependsOn":[{"container":"absent"}]}`, `{"dependsOn":[{"container":"missing"}]}`
		said := func() []string { return k.eventsOf("InvalidContainerLifecycle") }

		for range 3 {
			pod.says("app", invalid)
			if result := k.sync(t, pod.Pod); result.Error() != nil {
				t.Errorf("the sync of a held pod failed: %v", result.Error())
			}
		}
		if calls := k.runtime.verbs(); len(calls) > 0 {
			t.Errorf("calls for an invalid pod: %v", calls)
		}
		if order := k.PodOrder(silence(), pod.Pod, k.status(t, pod.Pod)); order.Invalid == nil ||
			!strings.Contains(order.Invalid.Error(), `"absent"`) {
			t.Errorf("the order does not name the problem: %+v", order)
		}
		if got := said(); len(got) != 1 || !strings.Contains(got[0], `"absent"`) {
			t.Errorf("events %q, want one that names the container", got)
		}
		pod.says("app", other)
		k.sync(t, pod.Pod)
		if got := said(); len(got) != 1 || !strings.Contains(got[0], `"missing"`) {
			t.Errorf("events after another mistake: %q, want one", got)
		}

		pod.says("app", `{}`)
		k.sync(t, pod.Pod)
		synctest.Wait()
		if diff := cmp.Diff([]string{"run #0", "create init", "start init"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls once it is valid (-want +got):\n%s", diff)
		}
		k.runtime.lose("pod_test_uid_0")
		pod.says("app", other)
		k.sync(t, pod.Pod)
		if got := said(); len(got) != 1 {
			t.Errorf("events after it was valid in between: %q, want one", got)
		}
		if diff := cmp.Diff([]string{"halt #0"}, k.runtime.verbs()); diff != "" {
			t.Errorf("calls when it is invalid again (-want +got):\n%s", diff)
		}
	})
}

// eventsOf returns the events with the reason since the last call, and drops all others.
func (k *testKubelet) eventsOf(reason string) []string {
	var found []string
	for {
		select {
		case event := <-k.events.Events:
			if strings.Contains(event, " "+reason+" ") {
				found = append(found, event)
			}
		default:
			return found
		}
	}
}
