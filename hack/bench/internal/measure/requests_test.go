// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Only what a kubelet asks for pods and events counts.
func TestRequests(t *testing.T) {
	got, err := requestsIn([]byte(`# TYPE apiserver_request_total counter
apiserver_request_total{code="200",resource="pods",subresource="status",verb="PATCH"} 5
apiserver_request_total{code="409",resource="pods",subresource="status",verb="PATCH"} 1
apiserver_request_total{code="200",resource="pods",subresource="",verb="GET"} 6
apiserver_request_total{code="200",resource="pods",subresource="",verb="DELETE"} 2
apiserver_request_total{code="201",resource="events",subresource="",verb="POST"} 9
apiserver_request_total{code="201",resource="pods",subresource="",verb="POST"} 2
apiserver_request_total{code="200",resource="pods",subresource="",verb="LIST"} 50
apiserver_request_total{code="200",resource="pods",subresource="",verb="DELETECOLLECTION"} 1
apiserver_request_total{code="200",resource="leases",subresource="",verb="PUT"} 7
`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{statusPatch: 6, "GET pods": 6, "DELETE pods": 2, "POST events": 9}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if _, err := requestsIn([]byte("# TYPE up gauge\nup 1\n")); err == nil {
		t.Error("no error without the metric")
	}
}
