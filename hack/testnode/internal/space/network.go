// SPDX-License-Identifier: Apache-2.0

package space

import (
	"fmt"
	"os/exec"
	"strings"
)

// The node's network is a world of its own, so the numbers collide with nothing.
const (
	// Bridge is the name of the interface that the pods hang on.
	Bridge = "ordtest0"
	// NodeIP is the node's address on it.
	NodeIP = "10.88.0.1"
	// PodSubnet is where the pods get theirs.
	PodSubnet = "10.88.0.0/16"
	// nowhere is the gateway of the default route: some programs want one, but nothing answers.
	nowhere = "10.88.255.254"
)

func plugNetwork() error {
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
