// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"time"
)

const busUnit = "dbus-daemon"

// busConfig configures a bus without access restrictions: a spec can act as systemd-logind, which tells a kubelet that its machine
// is about to shut down. The node cannot reach the machine's own bus.
const busConfig = `<busconfig>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
    <allow user="*"/>
  </policy>
</busconfig>
`

func (n *Node) busSocket() string { return n.spec.path("bus.sock") }

// StartBus starts the node's system bus and waits until it answers. A node that is the whole machine uses the machine's.
func (n *Node) StartBus(ctx context.Context) error {
	if n.spec.Systemd {
		return nil
	}
	program, err := exec.LookPath("dbus-daemon")
	if err != nil {
		return fmt.Errorf("find dbus-daemon (the Debian package of this name brings it): %w", err)
	}
	config := n.spec.path("bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, n.busSocket()), 0o644); err != nil {
		return fmt.Errorf("write the bus's configuration: %w", err)
	}
	if err := n.start(busUnit, []string{program, "--config-file=" + config, "--nofork", "--nopidfile"}); err != nil {
		return err
	}
	return n.await(ctx, busUnit, 10*time.Second, func() error { return dial(n.busSocket()) })
}

// dial returns nil if a server listens on the socket.
func dial(socket string) error {
	connection, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	return connection.Close()
}
