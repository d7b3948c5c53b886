// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	v1 "k8s.io/api/core/v1"
)

// plan returns the range of addresses of the node's own pods, empty if it has none yet, and the other nodes' ranges with the
// addresses of these nodes. It leaves out what is no IPv4 address.
func plan(self string, nodes []v1.Node) (own string, routes map[string]string) {
	routes = map[string]string{}
	for _, node := range nodes {
		pods, err := netip.ParsePrefix(node.Spec.PodCIDR)
		if err != nil || !pods.Addr().Is4() {
			continue
		}
		if node.Name == self {
			own = pods.String()
			continue
		}
		for _, address := range node.Status.Addresses {
			found, err := netip.ParseAddr(address.Address)
			if address.Type == v1.NodeInternalIP && err == nil && found.Is4() {
				routes[pods.String()] = found.String()
			}
		}
	}
	return own, routes
}

// changes returns the arguments of the calls of ip that lead from the routes that were applied to the wanted ones.
func changes(applied, wanted map[string]string) [][]string {
	var calls [][]string
	for _, to := range slices.Sorted(maps.Keys(applied)) {
		if wanted[to] == "" {
			calls = append(calls, []string{"route", "del", to})
		}
	}
	for _, to := range slices.Sorted(maps.Keys(wanted)) {
		if applied[to] != wanted[to] {
			calls = append(calls, []string{"route", "replace", to, "via", wanted[to]})
		}
	}
	return calls
}

// cniConfig returns the configuration of a node's pod network.
func cniConfig(pods string) string {
	return fmt.Sprintf(`{
  "cniVersion": "1.0.0",
  "name": "podnet",
  "plugins": [
    {
      "type": "ptp",
      "ipam": {"type": "host-local", "ranges": [[{"subnet": %q}]], "routes": [{"dst": "0.0.0.0/0"}]}
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
`, pods)
}
