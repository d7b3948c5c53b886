// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestPodOfThisRun(t *testing.T) {
	pod := func(name, run string) v1.Pod {
		return v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{RunLabel: run}}}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/pods" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(v1.PodList{Items: []v1.Pod{pod("p", "1"), pod("p", "2"), {}}})
	}))
	defer server.Close()
	tests := map[string]struct {
		url, run string
		want     *v1.Pod
		bad      bool
	}{
		"there":       {url: server.URL, run: "2", want: new(pod("p", "2"))},
		"not there":   {url: server.URL, run: "3"},
		"no such URL": {url: server.URL + "/x", run: "2", bad: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Kubelet{URL: test.url}.Pod(t.Context(), test.run)
			if (err != nil) != test.bad {
				t.Fatalf("got the error %v", err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
