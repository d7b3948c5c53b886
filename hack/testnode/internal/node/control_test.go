// SPDX-License-Identifier: Apache-2.0

package node

import (
	"bytes"
	"strings"
	"testing"

	"kubelet-ordering/hack/internal/progress"
	"kubelet-ordering/hack/testnode/internal/space"
)

func TestOrders(t *testing.T) {
	root := t.TempDir()
	node := New(Spec{Space: space.Spec{Root: root}}, progress.New("test", &bytes.Buffer{}))
	if err := node.Serve(t.Context()); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		order Order
		want  string
		// err is part of the error; empty means none.
		err string
	}{
		"done":                   {Order{Verb: "systemctl", Args: []string{"daemon-reload"}}, "", ""},
		"refused with an answer": {Order{Verb: "systemctl", Args: []string{"is-active", "kubelet"}}, "inactive\n", `unit "kubelet" does not run`},
		"no kubelet":             {Order{Verb: "start-kubelet"}, "0\n", "without a kubelet"},
		"unknown order":          {Order{Verb: "dance"}, "", `"dance" is not known`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Send(root, test.order)
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("got error %v, want %q", err, test.err)
			}
		})
	}
	if _, err := Send(t.TempDir(), Order{}); err == nil {
		t.Error("want an error when no node is up")
	}
}
