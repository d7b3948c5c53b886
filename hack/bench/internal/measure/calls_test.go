// SPDX-License-Identifier: Apache-2.0

package measure

import "testing"

const someMetrics = `# HELP kubelet_runtime_operations_total Cumulative number of runtime operations by operation type.
# TYPE kubelet_runtime_operations_total counter
kubelet_runtime_operations_total{operation_type="container_status"} 4
kubelet_runtime_operations_total{operation_type="list_containers"} 12
# TYPE kubelet_running_pods gauge
kubelet_running_pods 3
`

func TestCalls(t *testing.T) {
	after, err := callsIn([]byte(someMetrics))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		before map[string]float64
		total  float64
		kinds  string
	}{
		"from the beginning": {total: 16, kinds: "list_containers 12, container_status 4"},
		"since":              {before: map[string]float64{"list_containers": 9, "container_status": 4}, total: 3, kinds: "list_containers 3"},
		"equal numbers":      {before: map[string]float64{"list_containers": 8}, total: 8, kinds: "container_status 4, list_containers 4"},
		"nothing":            {before: after},
	} {
		t.Run(name, func(t *testing.T) {
			if total, kinds := callsSince(tt.before, after); total != tt.total || kinds != tt.kinds {
				t.Errorf("got %v: %q, want %v: %q", total, kinds, tt.total, tt.kinds)
			}
		})
	}
	for name, text := range map[string]string{"no such metric": "# TYPE up gauge\nup 1\n", "no metrics": "404 page not found"} {
		if calls, err := callsIn([]byte(text)); err == nil {
			t.Errorf("%s: got %v and no error", name, calls)
		}
	}
}
