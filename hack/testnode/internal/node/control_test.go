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

// A node that is the machine leaves its programs to systemd: an order must not act on others, or on none.
func TestOrdersOfAMachine(t *testing.T) {
	root := t.TempDir()
	node := New(Spec{Space: space.Spec{Root: root}, Systemd: true}, progress.New("test", &bytes.Buffer{}))
	if err := node.Serve(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"kill-kubelet", "restart-containerd"} {
		if _, err := Send(root, Order{Verb: verb}); err == nil || !strings.Contains(err.Error(), "use systemctl") {
			t.Errorf("%s: got %v", verb, err)
		}
	}
}

func TestService(t *testing.T) {
	for _, systemd := range []bool{true, false} {
		node := New(Spec{Systemd: systemd}, nil)
		for name, want := range map[string]bool{kubeletUnit: systemd, containerdUnit: systemd, busUnit: false} {
			if got := node.service(name); got != want {
				t.Errorf("%s is a service of systemd: %v, on a node that is the machine: %v", name, got, systemd)
			}
		}
	}
}
