// SPDX-License-Identifier: Apache-2.0

package space

import (
	"fmt"
	"os/exec"
	"strings"
)

// The node has its own network namespace, so these addresses cannot conflict with the machine's.
const (
	// Bridge is the name of the bridge that pods are attached to.
	Bridge = "ordtest0"
	// NodeIP is the node's address on the bridge.
	NodeIP = "10.88.0.1"
	// PodSubnet is the subnet of the pods' addresses.
	PodSubnet = "10.88.0.0/16"
	// nowhere is the gateway of the default route. Some programs need a default route, but this address does not exist.
	nowhere = "10.88.255.254"
)

// PlugNetwork sets up the node's network in the calling process's network namespace.
func PlugNetwork() error {
	for _, command := range []string{
		"link set lo up",
		"link add " + Bridge + " type bridge",
		"addr add " + NodeIP + "/16 dev " + Bridge,
		"link set " + Bridge + " up",
		"route add default via " + nowhere,
	} {
		output, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("set up the node's network: ip %s: %w: %s", command, err, strings.TrimSpace(string(output)))
		}
	}
	return nil
}
