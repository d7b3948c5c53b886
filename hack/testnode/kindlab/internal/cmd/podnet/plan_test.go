// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func node(name, pods string, addresses ...string) v1.Node {
	node := v1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1.NodeSpec{PodCIDR: pods}}
	for _, address := range addresses {
		node.Status.Addresses = append(node.Status.Addresses, v1.NodeAddress{Type: v1.NodeInternalIP, Address: address})
	}
	return node
}

func TestPlan(t *testing.T) {
	tests := map[string]struct {
		nodes  []v1.Node
		own    string
		routes map[string]string
	}{
		"alone":              {[]v1.Node{node("a", "10.244.0.0/24", "172.18.0.2")}, "10.244.0.0/24", map[string]string{}},
		"no range yet":       {[]v1.Node{node("a", "")}, "", map[string]string{}},
		"not of the cluster": {[]v1.Node{node("b", "10.244.1.0/24", "172.18.0.3")}, "", map[string]string{"10.244.1.0/24": "172.18.0.3"}},
		"one without an address, one of another family": {
			[]v1.Node{node("a", "10.244.0.0/24"), node("b", "10.244.1.0/24"), node("c", "10.244.2.0/24", "fc00::2", "172.18.0.4"), node("d", "fd00::/64")},
			"10.244.0.0/24", map[string]string{"10.244.2.0/24": "172.18.0.4"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			own, routes := plan("a", test.nodes)
			if diff := cmp.Diff(test.routes, routes); own != test.own || diff != "" {
				t.Errorf("got %q, want %q; routes -want +got\n%s", own, test.own, diff)
			}
		})
	}
}

func TestChanges(t *testing.T) {
	tests := map[string]struct {
		applied, wanted map[string]string
		want            []string
	}{
		"nothing":           {map[string]string{"x": "1"}, map[string]string{"x": "1"}, nil},
		"a node joins":      {nil, map[string]string{"x": "1"}, []string{"route replace x via 1"}},
		"a node has moved":  {map[string]string{"x": "1"}, map[string]string{"x": "2"}, []string{"route replace x via 2"}},
		"a node has left":   {map[string]string{"x": "1", "y": "2"}, map[string]string{"y": "2"}, []string{"route del x"}},
		"one for the other": {map[string]string{"x": "1"}, map[string]string{"y": "1"}, []string{"route del x", "route replace y via 1"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, call := range changes(test.applied, test.wanted) {
				got = append(got, strings.Join(call, " "))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestCNIConfig(t *testing.T) {
	if !json.Valid([]byte(cniConfig("10.244.0.0/24"))) || !strings.Contains(cniConfig("10.244.0.0/24"), `"subnet": "10.244.0.0/24"`) {
		t.Errorf("got %s", cniConfig("10.244.0.0/24"))
	}
}
