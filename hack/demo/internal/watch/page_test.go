// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kubelet-ordering/internal/facts"
)

func TestReadPage(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/metrics" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte("failures 2\n"))
	}))
	defer server.Close()
	ip, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	tests := map[string]struct{ page, text, problem string }{
		"there":      {page: port + "/metrics", text: "failures 2"},
		"not there":  {page: port + "/other", problem: "404"},
		"no server":  {page: "1/metrics", problem: "refused"},
		"not a port": {page: "x/metrics", problem: "invalid port"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := &Watch{Recorder: &facts.Recorder{Pod: &facts.Pod{}}, ip: ip}
			w.ReadPage(t.Context(), test.page)
			got := w.Recorder.Pod.Page
			if got.Text != test.text || !strings.Contains(got.Problem, test.problem) || (got.Problem == "") != (test.problem == "") {
				t.Errorf("got %+v, want %+v", got, test)
			}
		})
	}
}
