// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"fmt"
	"slices"
)

// requestsMetric counts the requests to an API server.
const requestsMetric = "apiserver_request_total"

// statusPatch is the kind of a patch of a pod's status.
const statusPatch = "PATCH pods/status"

// requestsIn reads the requests about pods and events from the API server's metrics, by their kind. It leaves out lists, watches, the
// creation of pods and the deletion of many pods at once, which are not the kubelet's.
func requestsIn(metrics []byte) (map[string]float64, error) {
	requests := map[string]float64{}
	err := counters(metrics, requestsMetric, func(labels map[string]string, value float64) {
		about, verb := labels["resource"], labels["verb"]
		resource := about
		if sub := labels["subresource"]; sub != "" {
			resource += "/" + sub
		}
		kind := verb + " " + resource
		if (about == "pods" || about == "events") && !slices.Contains(notTheKubelets, verb) && kind != "POST pods" {
			requests[kind] += value
		}
	})
	if err != nil {
		return nil, fmt.Errorf("the API server's metrics: %w", err)
	}
	return requests, nil
}

// notTheKubelets are verbs of this program, and those whose number says nothing about pods.
var notTheKubelets = []string{"LIST", "WATCH", "DELETECOLLECTION"}
