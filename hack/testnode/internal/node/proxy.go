// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"time"
)

const proxyUnit = "cri-proxy"

// StartProxy starts the program that stands between the kubelet and containerd.
func (n *Node) StartProxy(ctx context.Context) error {
	argv := []string{n.spec.Proxy.Path, "proxy", "-listen=" + n.spec.proxySocket(), "-runtime=" + n.spec.ContainerdSocket(),
		"-log=" + n.spec.Proxy.Log}
	if err := n.start(proxyUnit, argv); err != nil {
		return err
	}
	return n.await(ctx, proxyUnit, 30*time.Second, func() error { return dial(n.spec.proxySocket()) })
}
